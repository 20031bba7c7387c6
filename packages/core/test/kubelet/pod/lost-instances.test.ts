import { describe, expect, test } from 'vitest';
import type { ContainerStatus, PodStatus } from '../../../src/api/pod.ts';
import type { ContainerInfo } from '../../../src/contract/container-runtime.ts';
import { lostInstances } from '../../../src/kubelet/pod/lost-instances.ts';
import { observationOf } from '../../../src/kubelet/pod/observation.ts';
import { container, exited, instance, pod, sandbox, sidecar, startMs } from './pod-rig.ts';

const app = container('app');
const init = container('init');
const proxy = sidecar('proxy');
const web = pod({ containers: [app], initContainers: [init, proxy] });
const nowMs = startMs + 600_000;

const running = { running: { startedAt: '2026-01-01T00:02:00Z' } };
const terminated = (containerID: string | undefined, exitCode = 0) => ({
  terminated: {
    exitCode,
    reason: exitCode === 0 ? 'Completed' : 'Error',
    finishedAt: '2026-01-01T00:03:00Z',
    ...(containerID !== undefined && { containerID }),
  },
});

function lost(status: Partial<ContainerStatus>, found: readonly ContainerInfo[] = []) {
  const one: ContainerStatus = {
    name: 'app',
    restartCount: 2,
    image: 'app:1',
    imageID: 'sha256:app',
    ...status,
  };
  const isInit = one.name !== 'app';
  const published: PodStatus = isInit ? { initContainerStatuses: [one] } : { containerStatuses: [one] };
  return lostInstances(web, published, observationOf([sandbox()], found), nowMs);
}

describe('what the store knows and the runtime has lost', () => {
  test('a container that ran has ended without a trace, in the count of its restarts', () => {
    expect(lost({ state: running, containerID: 'test://app-2' })).toMatchObject([
      {
        id: 'app-2',
        attempt: 2,
        state: 'exited',
        exitCode: 137,
        reason: 'ContainerStatusUnknown',
        sandboxID: 's0',
      },
    ]);
  });

  test('a container that had ended has ended as it was published', () => {
    expect(lost({ state: terminated('test://app-2', 3) })).toMatchObject([
      { id: 'app-2', state: 'exited', exitCode: 3, reason: 'Error', finishedAtMs: startMs + 180_000 },
    ]);
  });

  test('so has one that waits for its next start', () => {
    const state = { waiting: { reason: 'CrashLoopBackOff' } };
    expect(lost({ state, lastState: terminated('test://app-2', 1) })).toMatchObject([
      { id: 'app-2', exitCode: 1 },
    ]);
  });

  test('it is newer than the instance before it, which is still there', () => {
    const older = exited(app, 1, { attempt: 1 });
    const [newest] = lost({ state: running, containerID: 'test://app-2' }, [older]);
    expect(newest?.createdAtMs).toBeGreaterThanOrEqual(older.createdAtMs);
    expect(observationOf([], [older, ...(newest ? [newest] : [])]).containers[0]).toBe(newest);
  });

  test.each<[string, Partial<ContainerStatus>, readonly ContainerInfo[]]>([
    [
      'the runtime still has it',
      { state: running, containerID: 'test://app-2' },
      [instance(app, { attempt: 2 })],
    ],
    [
      'it was replaced meanwhile',
      { state: running, containerID: 'test://app-2' },
      [instance(app, { attempt: 3 })],
    ],
    ['it never ran', { state: { waiting: { reason: 'ContainerCreating' } } }, []],
    ['its end was only inferred', { state: { waiting: {} }, lastState: terminated(undefined, 137) }, []],
    [
      'it is an init container that may have to run again',
      { name: 'init', state: terminated('test://init-2') },
      [],
    ],
    [
      'everything starts over on purpose',
      {
        state: { waiting: { reason: 'RestartingAllContainers' } },
        lastState: {
          terminated: { exitCode: 1, reason: 'RestartingAllContainers', containerID: 'test://app-2' },
        },
      },
      [],
    ],
  ])('nothing is added when %s', (_name, status, found) => {
    expect(lost(status, found)).toEqual([]);
  });

  test.each(['init', 'proxy'])('an init container that ran is told of, too: %s', (name) => {
    const status = { name, state: running, containerID: `test://${name}-2` };
    expect(lost(status)).toMatchObject([{ id: `${name}-2`, exitCode: 137 }]);
  });

  test('a pod without a status has lost nothing', () => {
    expect(lostInstances(web, undefined, observationOf([], []), nowMs)).toEqual([]);
  });
});
