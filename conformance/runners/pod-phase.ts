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
  readonly startedAt?: string | null;
  readonly exitCode?: number | null;
}

export const runners: TopicRunners = {
  phase({ given, expect }: VectorCase) {
    const { spec, status }: Pod = given.pod;
    const phase = podPhase(spec, statusesByName(status ?? {}), given.podIsTerminal ?? false);
    assert.equal(phase, expect.phase);
  },

  status({ given, expect }: VectorCase) {
    const pod: Pod = given.pod;
    const sandbox = { id: 's', podUID: 'uid', attempt: 0, ip: '10.0.0.1', createdAtMs: 0 };
    const status = generatePodStatus({
      pod,
      previous: given.previousStatus ?? undefined,
      observation: {
        sandboxes: [{ ...sandbox, state: 'ready' }],
        containers: (given.runtimeContainers ?? []).map(containerInfo),
      },
      probes: noProbeResults,
      startFailures: new Map(),
      podIsTerminal: given.podIsTerminal ?? false,
      runtimeName: 'test',
      givesPodIP: true,
      hostIP: '192.0.2.1',
      nowMs: 0,
    });
    for (const [key, wanted] of Object.entries<unknown>(expect)) assertField(status, key, wanted);
  },
};

/** Of several instances of one container the latest comes first unless their starts say otherwise. */
function containerInfo(given: GivenContainer, index: number): ContainerInfo {
  const startedAtMs = parseTime(given.startedAt ?? undefined);
  return {
    id: index === 0 ? given.name : `${given.name}-${index}`,
    name: given.name,
    podUID: 'uid',
    containerName: given.name,
    attempt: 0,
    labels: {},
    image: 'busybox',
    imageRef: 'busybox',
    sandboxID: 's',
    state: given.state,
    createdAtMs: startedAtMs ?? -index,
    ...(startedAtMs !== undefined && { startedAtMs }),
    ...(typeof given.exitCode === 'number' && { exitCode: given.exitCode }),
  };
}

function assertField(status: PodStatus, key: string, wanted: unknown): void {
  if (key === 'conditions') assertEach(status.conditions, wanted, ({ type }: PodCondition) => type);
  else if (/containerStatuses$/i.test(key))
    assertEach(status[key as 'containerStatuses'], wanted, ({ name }: ContainerStatus) => name);
  else assertPart(status[key as keyof PodStatus], wanted, key);
}

function assertEach<T>(actual: readonly T[] = [], wanted: unknown, nameOf: (item: T) => string): void {
  const shown = wanted as readonly T[] | null;
  if (shown === null || shown.length === 0) assert.deepEqual(actual, []);
  for (const one of shown ?? [])
    assertPart(
      actual.find((item) => nameOf(item) === nameOf(one)),
      one,
      nameOf(one),
    );
}

/** What the vector shows must be there; an empty object, such as a state of no detail, is matched by any. */
function assertPart(actual: unknown, wanted: unknown, where: string): void {
  if (typeof wanted !== 'object' || wanted === null) {
    assert.deepEqual(actual ?? null, wanted, where);
    return;
  }
  assert.ok(typeof actual === 'object' && actual !== null, `${where} is missing`);
  const fields: Record<string, unknown> = { ...actual };
  for (const [key, value] of Object.entries(wanted)) assertPart(fields[key], value, `${where}.${key}`);
}
