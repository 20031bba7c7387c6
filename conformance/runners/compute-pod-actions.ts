/** Vectors of `computePodActions` and `shouldRestart`. */

import assert from 'node:assert/strict';
import type { Container, Pod, RestartPolicy } from '../../packages/core/src/api/pod.ts';
import type {
  ContainerInfo,
  RuntimeContainerState,
  SandboxInfo,
} from '../../packages/core/src/contract/container-runtime.ts';
import { shouldRestart } from '../../packages/core/src/kubelet/container/should-restart.ts';
import { specHash, specHashLabel } from '../../packages/core/src/kubelet/container/spec-hash.ts';
import { computePodActions } from '../../packages/core/src/kubelet/pod/compute-actions.ts';
import type { ProbeResults, ProbeVerdict } from '../../packages/core/src/kubelet/pod/observation.ts';
import { asSet, assertShown } from '../shown.ts';
import type { TopicRunners, VectorCase } from '../vectors.ts';

interface GivenContainer {
  readonly id?: string;
  readonly name: string;
  readonly state: RuntimeContainerState;
  readonly exitCode?: number | null;
  readonly specChanged?: boolean;
}

interface GivenSandbox {
  readonly id: string;
  readonly state: SandboxInfo['state'];
  readonly attempt: number;
  readonly ip: string;
}

export const runners: TopicRunners = {
  computeActions({ given, expect }: VectorCase) {
    const pod: Pod = { metadata: {}, ...given.pod };
    const sandboxes: SandboxInfo[] = (given.runtime?.sandboxes ?? []).map(sandboxInfo);
    const sandboxID = sandboxes[0]?.id ?? '';
    const containers: ContainerInfo[] = (given.runtime?.containers ?? []).map(
      (container: GivenContainer, i: number) => containerInfo(pod, container, sandboxID, i),
    );
    const actions = computePodActions({
      pod,
      observation: { sandboxes, containers },
      probes: probeResults(given.probeResults ?? {}),
      givesPodIP: true,
    });
    const { containersToStart, containersToKill, initContainersToStart, ...plain } = expect;
    assertShown({ ...actions, sandboxId: actions.sandboxID }, plain);
    if (initContainersToStart !== undefined)
      assert.deepEqual(actions.initContainersToStart, initContainersToStart ?? []);
    // What goes with its pod needs no naming, and may have a reason of its own for all that.
    const isListed = plain.killPod !== true || containersToKill?.length > 0;
    const killed = isListed ? actions.containersToKill.map(({ name }) => name) : [];
    if (containersToStart !== undefined)
      assert.deepEqual(asSet(actions.containersToStart), asSet(containersToStart), 'containersToStart');
    if (containersToKill !== undefined)
      assert.deepEqual(asSet(killed), asSet(containersToKill), 'containersToKill');
    assert.deepEqual(actions.containersToReset, []);
  },

  shouldRestart({ given, expect }: VectorCase) {
    const container = { name: 'main', image: 'busybox' };
    const restartPolicy: RestartPolicy = given.restartPolicy;
    const pod: Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: given.podDeleting ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {},
      spec: { restartPolicy, containers: [container] },
    };
    const latest: Omit<GivenContainer, 'name'> | undefined = given.history?.[0];
    const newest = latest && containerInfo(pod, { ...latest, name: container.name }, 'sandbox-0', 0);
    assert.equal(shouldRestart(pod, container, newest), expect.restart);
  },
};

function sandboxInfo(sandbox: GivenSandbox): SandboxInfo {
  return { ...sandbox, podUID: 'uid', createdAtMs: sandbox.attempt };
}

/** Of several instances of one container the latest comes first. */
function containerInfo(pod: Pod, given: GivenContainer, sandboxID: string, index: number): ContainerInfo {
  const { containers, initContainers = [] } = pod.spec;
  const gone: Container = { name: given.name, image: 'not of this pod' };
  const container = [...containers, ...(initContainers ?? []), gone].find(({ name }) => name === given.name);
  assert.ok(container !== undefined);
  return {
    id: given.id ?? `id-${given.name}`,
    name: given.name,
    podUID: 'uid',
    containerName: given.name,
    attempt: 0,
    labels: { [specHashLabel]: given.specChanged ? 'of another definition' : specHash(container) },
    image: container.image,
    imageRef: container.image,
    sandboxID,
    state: given.state,
    createdAtMs: -index,
    ...(typeof given.exitCode === 'number' && { exitCode: given.exitCode }),
  };
}

function probeResults(
  given: Partial<Record<keyof ProbeResults, Record<string, ProbeVerdict>>>,
): ProbeResults {
  const { liveness, readiness, startup } = given;
  return {
    liveness: new Map(Object.entries(liveness ?? {})),
    readiness: new Map(Object.entries(readiness ?? {})),
    startup: new Map(Object.entries(startup ?? {})),
  };
}
