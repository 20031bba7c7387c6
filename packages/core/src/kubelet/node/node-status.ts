/** The status that a node reports about itself. Pure. */

import { formatTime } from '../../api/meta.ts';
import type { NodeCondition, NodeObject } from '../../api/objects.ts';
import { jsonEqual } from '../../store/json-equal.ts';
import type { NodeProfile } from './node-profile.ts';

export type NodeStatus = NonNullable<NodeObject['status']>;

/** What changes about a node while its agent lives. */
export interface NodeHealth {
  /** Why the node takes no pods; `undefined` when it does. */
  readonly trouble: string | undefined;
  /** `<runtime>://<version>` */
  readonly runtimeVersion: string;
}

/** Conditions and fields of others stay as `current` has them. */
export function nodeStatus(
  profile: NodeProfile,
  health: NodeHealth,
  current: NodeStatus | undefined,
  nowMs: number,
): NodeStatus {
  const { allocatable, hostIP, hostname, os, arch } = profile;
  return {
    ...current,
    // Nothing is set aside for the machine itself.
    capacity: allocatable,
    allocatable,
    conditions: withOthers(current?.conditions ?? [], conditionsOf(health), formatTime(nowMs)),
    addresses: [
      { type: 'InternalIP', address: hostIP },
      { type: 'Hostname', address: hostname },
    ],
    nodeInfo: {
      architecture: arch,
      bootID: profile.bootID,
      containerRuntimeVersion: health.runtimeVersion,
      kernelVersion: profile.kernelVersion,
      kubeProxyVersion: profile.agentVersion,
      kubeletVersion: profile.agentVersion,
      machineID: '',
      operatingSystem: os,
      osImage: profile.osImage,
      systemUUID: '',
    },
  };
}

/** Whether two statuses say the same, but for the moment at which they said it. */
export function sameNodeStatus(a: NodeStatus | undefined, b: NodeStatus): boolean {
  return a !== undefined && jsonEqual(timeless(a), timeless(b));
}

type Finding = Pick<Required<NodeCondition>, 'type' | 'status' | 'reason' | 'message'>;

/** The words are the kubelet's. */
function conditionsOf({ trouble }: NodeHealth): readonly Finding[] {
  const no = (type: string, reason: string, message: string): Finding => ({
    type,
    status: 'False',
    reason,
    message,
  });
  return [
    no('MemoryPressure', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
    no('DiskPressure', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
    no('PIDPressure', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
    trouble === undefined
      ? {
          type: 'Ready',
          status: 'True',
          reason: 'KubeletReady',
          message: 'kubelet is posting ready status',
        }
      : no('Ready', 'KubeletNotReady', trouble),
  ];
}

function withOthers(
  current: readonly NodeCondition[],
  own: readonly Finding[],
  now: string,
): readonly NodeCondition[] {
  const reported = own.map((finding): NodeCondition => {
    const before = current.find(({ type }) => type === finding.type);
    const isSame = before?.status === finding.status;
    const lastTransitionTime = (isSame ? before.lastTransitionTime : undefined) ?? now;
    return { ...finding, lastHeartbeatTime: now, lastTransitionTime };
  });
  const types = new Set(own.map(({ type }) => type));
  return [...current.filter(({ type }) => !types.has(type)), ...reported];
}

function timeless(status: NodeStatus): object {
  const conditions = (status.conditions ?? []).map(({ lastHeartbeatTime, ...condition }) => condition);
  return { ...status, conditions };
}
