/** Vectors of the pod phase, and of the status that a node publishes. */

import assert from 'node:assert/strict';
import { parseTime } from '../../packages/core/src/api/meta.ts';
import type { ContainerStatus, Pod, PodCondition, PodStatus } from '../../packages/core/src/api/pod.ts';
import type {
  ContainerInfo,
  RuntimeContainerState,
} from '../../packages/core/src/contract/container-runtime.ts';
import { noProbeResults } from '../../packages/core/src/kubelet/pod/observation.ts';
import { podPhase, statusesByName } from '../../packages/core/src/kubelet/pod/phase.ts';
import { generatePodStatus } from '../../packages/core/src/kubelet/pod/status.ts';
import type { TopicRunners, VectorCase } from '../vectors.ts';

interface GivenContainer {
  readonly name: string;
  readonly state: RuntimeContainerState;
  readonly startedAt?: string;
  readonly exitCode?: number;
}

export const runners: TopicRunners = {
  phase({ given, expect }: VectorCase) {
    const { spec, status = {} }: Pod = given.pod;
    assert.equal(podPhase(spec, statusesByName(status), given.podIsTerminal), expect.phase);
  },

  status({ given, expect }: VectorCase) {
    const pod: Pod = given.pod;
    const sandbox = { id: 's', podUID: 'uid', attempt: 0, ip: '10.0.0.1', createdAtMs: 0 };
    const status = generatePodStatus({
      pod,
      previous: given.previousStatus ?? undefined,
      observation: {
        sandboxes: [{ ...sandbox, state: 'ready' }],
        containers: given.runtimeContainers.map(containerInfo),
      },
      probes: noProbeResults,
      startFailures: new Map(),
      podIsTerminal: given.podIsTerminal,
      runtimeName: 'test',
      givesPodIP: true,
      hostIP: '192.0.2.1',
      nowMs: 0,
    });
    for (const [key, wanted] of Object.entries<unknown>(expect)) assertField(status, key, wanted);
  },
};

function containerInfo(given: GivenContainer): ContainerInfo {
  const startedAtMs = parseTime(given.startedAt);
  return {
    id: given.name,
    name: given.name,
    podUID: 'uid',
    containerName: given.name,
    attempt: 0,
    labels: {},
    image: 'busybox',
    imageRef: 'busybox',
    sandboxID: 's',
    state: given.state,
    createdAtMs: startedAtMs ?? 0,
    ...(startedAtMs !== undefined && { startedAtMs }),
    ...(given.exitCode !== undefined && { exitCode: given.exitCode }),
  };
}

function assertField(status: PodStatus, key: string, wanted: unknown): void {
  if (key === 'conditions') {
    for (const condition of wanted as readonly PodCondition[]) {
      const actual = status.conditions?.find(({ type }) => type === condition.type);
      assertPart(actual, condition, condition.type);
    }
  } else if (key === 'containerStatuses') {
    for (const one of wanted as readonly ContainerStatus[]) {
      assertPart(
        status.containerStatuses?.find(({ name }) => name === one.name),
        one,
        one.name,
      );
    }
  } else {
    assert.equal(status[key as keyof PodStatus] ?? null, wanted, key);
  }
}

/** What the vector shows must be there; an empty object, such as a state of no detail, is matched by any. */
function assertPart(actual: unknown, wanted: unknown, where: string): void {
  if (typeof wanted !== 'object' || wanted === null) {
    assert.deepEqual(actual, wanted, where);
    return;
  }
  assert.ok(typeof actual === 'object' && actual !== null, `${where} is missing`);
  const fields: Record<string, unknown> = { ...actual };
  for (const [key, value] of Object.entries(wanted)) assertPart(fields[key], value, `${where}.${key}`);
}
