import { describe, expect, it } from 'vitest';
import type { Lease, NodeObject } from '../../../src/api/objects.ts';
import { renewedLease } from '../../../src/kubelet/node/node-lease.ts';
import { newNode, nodeLabels, takenOver } from '../../../src/kubelet/node/node-profile.ts';
import { nodeStatus, sameNodeStatus } from '../../../src/kubelet/node/node-status.ts';
import { profile } from './node-rig.ts';

const noon = Date.UTC(2026, 0, 1, 12);
const well = { trouble: undefined, runtimeVersion: 'fake://1.0' };
const labels = {
  'beta.kubernetes.io/arch': 'amd64',
  'beta.kubernetes.io/os': 'linux',
  'kubernetes.io/arch': 'amd64',
  'kubernetes.io/hostname': 'node-a',
  'kubernetes.io/os': 'linux',
  tier: 'front',
};

describe('the object of a node', () => {
  it('has the labels that every node has, and those of its options', () => {
    expect(nodeLabels(profile)).toEqual(labels);
  });

  it('takes no pods at first when it begins in trouble', () => {
    const taint = { key: 'mine', effect: 'NoSchedule' } as const;
    const own = { ...profile, taints: [taint] };
    expect(newNode(own, undefined, true).spec?.taints).toEqual([taint]);
    expect(newNode(own, undefined, false).spec?.taints).toEqual([
      taint,
      { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' },
    ]);
  });

  it('keeps what others have put into it', () => {
    const node: NodeObject = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'node-a', labels: { tier: 'back', zone: 'z1' }, annotations: { theirs: 'x' } },
      spec: { unschedulable: true, taints: [{ key: 'theirs', effect: 'NoExecute' }] },
    };
    expect(takenOver(node, { ...profile, taints: [{ key: 'mine', effect: 'NoSchedule' }] })).toEqual({
      ...node,
      metadata: { name: 'node-a', labels: { ...labels, zone: 'z1' }, annotations: { theirs: 'x' } },
    });
  });
});

describe('the status of a node', () => {
  it('says that all is well in the words of the kubelet', () => {
    const status = nodeStatus(profile, well, undefined, noon);
    const times = { lastHeartbeatTime: '2026-01-01T12:00:00Z', lastTransitionTime: '2026-01-01T12:00:00Z' };
    const no = { status: 'False', ...times };
    expect(status.conditions).toEqual([
      {
        type: 'MemoryPressure',
        ...no,
        reason: 'KubeletHasSufficientMemory',
        message: 'kubelet has sufficient memory available',
      },
      {
        type: 'DiskPressure',
        ...no,
        reason: 'KubeletHasNoDiskPressure',
        message: 'kubelet has no disk pressure',
      },
      {
        type: 'PIDPressure',
        ...no,
        reason: 'KubeletHasSufficientPID',
        message: 'kubelet has sufficient PID available',
      },
      {
        type: 'Ready',
        status: 'True',
        ...times,
        reason: 'KubeletReady',
        message: 'kubelet is posting ready status',
      },
    ]);
    expect(status).toMatchObject({
      capacity: { cpu: '4', memory: '8Gi', pods: '110' },
      allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
      addresses: [
        { type: 'InternalIP', address: '192.0.2.7' },
        { type: 'Hostname', address: 'node-a' },
      ],
      nodeInfo: { operatingSystem: 'linux', architecture: 'amd64', containerRuntimeVersion: 'fake://1.0' },
    });
  });

  it('changes the time of a transition only when there is one', () => {
    const first = nodeStatus(profile, well, undefined, noon);
    const second = nodeStatus(profile, well, first, noon + 60_000);
    expect(second.conditions?.[3]).toMatchObject({
      lastHeartbeatTime: '2026-01-01T12:01:00Z',
      lastTransitionTime: '2026-01-01T12:00:00Z',
    });
    expect(sameNodeStatus(first, second)).toBe(true);
    const third = nodeStatus(profile, { ...well, trouble: 'no luck' }, second, noon + 120_000);
    expect(third.conditions?.[3]).toEqual({
      type: 'Ready',
      status: 'False',
      reason: 'KubeletNotReady',
      message: 'no luck',
      lastHeartbeatTime: '2026-01-01T12:02:00Z',
      lastTransitionTime: '2026-01-01T12:02:00Z',
    });
    expect(sameNodeStatus(second, third)).toBe(false);
  });

  it('leaves the conditions of others alone', () => {
    const theirs = { type: 'NetworkUnavailable', status: 'True' } as const;
    expect(nodeStatus(profile, well, { conditions: [theirs] }, noon).conditions).toHaveLength(5);
    expect(nodeStatus(profile, well, { conditions: [theirs] }, noon).conditions).toContainEqual(theirs);
  });
});

describe('the lease of a node', () => {
  const terms = { nodeName: 'node-a', nodeUID: 'u1', durationMs: 40_000 };

  it('belongs to the node, in a namespace of all such leases', () => {
    expect(renewedLease(undefined, terms, noon)).toEqual({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: {
        name: 'node-a',
        namespace: 'kube-node-lease',
        ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'node-a', uid: 'u1' }],
      },
      spec: {
        holderIdentity: 'node-a',
        leaseDurationSeconds: 40,
        renewTime: '2026-01-01T12:00:00.000000Z',
      },
    });
  });

  const lease = renewedLease(undefined, { ...terms, nodeUID: undefined }, noon);
  const owned: Lease = {
    ...lease,
    metadata: { ...lease.metadata, ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: 'x' }] },
  };
  it.each([
    ['gets its owner when that is known', lease, 'u1'],
    ['keeps the owner that it has', owned, 'x'],
  ])('%s', (_, current, uid) => {
    const renewed = renewedLease(current, terms, noon + 1500);
    expect(renewed.metadata.ownerReferences?.map((owner) => owner.uid)).toEqual([uid]);
    expect(renewed.spec?.renewTime).toBe('2026-01-01T12:00:01.500000Z');
  });
});
