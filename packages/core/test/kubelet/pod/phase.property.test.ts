import { describe, expect, it } from 'vitest';
import { fc } from '../../../../../test/support/fast-check.ts';
import type { PodStatus, RestartPolicy } from '../../../src/api/pod.ts';
import { isTerminalPhase } from '../../../src/api/pod-phase.ts';
import type { ContainerInfo } from '../../../src/contract/container-runtime.ts';
import { generatePodStatus } from '../../../src/kubelet/pod/status.ts';
import { recordTermination, terminationRecord } from '../../../src/kubelet/pod/terminations.ts';
import { container, exited, instance, pod, sidecar, startMs, statusInput } from './pod-rig.ts';

const all = [container('init'), sidecar('side'), container('app-a'), container('app-b')] as const;
const [init, side, ...apps] = all;

const seen = fc.record({
  state: fc.constantFrom('absent', 'created', 'running', 'exited', 'unknown'),
  exitCode: fc.constantFrom(0, 1, 137),
  attempt: fc.nat(3),
});

/** What the runtime lists at one moment, without any sense in it. */
const moment = fc.record({
  containers: fc.tuple(seen, seen, seen, seen),
  podIsTerminal: fc.nat(5).map((n) => n === 0),
  isFailing: fc.boolean(),
});
const policy = fc.constantFrom<RestartPolicy>('Always', 'OnFailure', 'Never');

function statusesOver(
  restartPolicy: RestartPolicy,
  moments: readonly (typeof moment extends fc.Arbitrary<infer T> ? T : never)[],
) {
  const of = pod({ restartPolicy, initContainers: [init, side], containers: apps });
  const statuses: PodStatus[] = [];
  for (const [i, { containers, podIsTerminal, isFailing }] of moments.entries()) {
    const infos = containers.flatMap(({ state, exitCode, attempt }, at): readonly ContainerInfo[] => {
      const one = all[at];
      if (state === 'absent' || one === undefined) return [];
      return [state === 'exited' ? exited(one, exitCode, { attempt }) : instance(one, { attempt, state })];
    });
    const startFailures = new Map(isFailing ? [['app-a', { reason: 'ErrImagePull', message: 'no' }]] : []);
    const previous = statuses.at(-1);
    statuses.push(
      generatePodStatus(
        statusInput(of, infos, { previous, podIsTerminal, startFailures, nowMs: startMs + i * 1000 }),
      ),
    );
  }
  return statuses;
}

const lives = fc.array(moment, { minLength: 1, maxLength: 8 });

describe('whatever the runtime says', () => {
  it('a pod never leaves Succeeded or Failed', () => {
    fc.assert(
      fc.property(policy, lives, (restartPolicy, moments) => {
        const phases = statusesOver(restartPolicy, moments).map(({ phase }) => phase);
        const end = phases.findIndex(isTerminalPhase);
        if (end >= 0) expect(new Set(phases.slice(end)).size).toBe(1);
      }),
      { numRuns: 300 },
    );
  });

  it('every container has a status with exactly one state, and a pod that ended is not ready', () => {
    fc.assert(
      fc.property(policy, lives, (restartPolicy, moments) => {
        for (const status of statusesOver(restartPolicy, moments)) {
          const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
          expect(containers.map(({ name }) => name)).toEqual(['init', 'side', 'app-a', 'app-b']);
          for (const { state, ready } of containers) {
            expect(Object.keys(state ?? {})).toHaveLength(1);
            if (state?.waiting) expect(ready).toBe(false);
          }
          const ready = status.conditions?.find(({ type }) => type === 'Ready');
          if (isTerminalPhase(status.phase)) expect(ready?.status).toBe('False');
        }
      }),
      { numRuns: 200 },
    );
  });

  it('the same look twice gives the same status', () => {
    fc.assert(
      fc.property(policy, lives, (restartPolicy, moments) => {
        const last = moments.at(-1);
        const statuses = statusesOver(restartPolicy, last === undefined ? moments : [...moments, last, last]);
        expect(statuses.at(-1)).toBe(statuses.at(-2));
      }),
      { numRuns: 300 },
    );
  });

  it('start time and transitions never move backwards', () => {
    fc.assert(
      fc.property(policy, lives, (restartPolicy, moments) => {
        const statuses = statusesOver(restartPolicy, moments);
        for (const [i, status] of statuses.entries()) {
          const before = statuses[i - 1] ?? status;
          expect(status.startTime).toBe(before.startTime);
          for (const now of status.conditions ?? []) {
            const then = before.conditions?.find(({ type }) => type === now.type);
            if (then?.status === now.status) expect(now.lastTransitionTime).toBe(then.lastTransitionTime);
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('recordTermination', () => {
  const death = (name: string, attempt: number) =>
    terminationRecord(
      exited(container(name), 1, { attempt, signal: 'SIGTERM' }),
      { cause: 'itself' },
      startMs,
    );

  it('tells who ended it, by which signal, and when', () => {
    expect(death('app', 2)).toEqual({
      container: 'app',
      restartCount: 2,
      exitCode: 1,
      signal: 'SIGTERM',
      reason: 'Error',
      cause: 'itself',
      startedAt: '2026-01-01T00:02:01Z',
      finishedAt: '2026-01-01T00:02:05Z',
    });
  });

  it('keeps the last five of each container, newest first', () => {
    const deaths = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 30 });
    fc.assert(
      fc.property(deaths, (names) => {
        const attempts = new Map<string, number>();
        let list: readonly ReturnType<typeof death>[] = [];
        for (const name of names) {
          const attempt = (attempts.get(name) ?? -1) + 1;
          attempts.set(name, attempt);
          list = recordTermination(list, death(name, attempt));
        }
        for (const [name, last] of attempts) {
          const own = list.filter((one) => one.container === name).map(({ restartCount }) => restartCount);
          const first = Math.max(0, last - 4);
          expect(own).toEqual(Array.from({ length: last - first + 1 }, (_, i) => last - i));
        }
      }),
    );
  });

  it('is not changed by an end that it knows, even when the cause is told otherwise', () => {
    const list = recordTermination([], death('app', 0));
    expect(recordTermination(list, { ...death('app', 0), cause: 'unknown' })).toBe(list);
  });
});
