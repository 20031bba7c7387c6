import { describe, expect, it } from 'vitest';
import { formatTime, type ObjectMeta } from '../../../src/api/meta.ts';
import type { PodStatus, StoredPod } from '../../../src/api/pod.ts';
import type { WorkloadCondition } from '../../../src/api/workloads.ts';
import {
  type FailureFacts,
  type FailureVerdict,
  judgeFailures,
  wasReady,
} from '../../../src/controller/replication/pod-failures.ts';
import { pod } from './sets.ts';

const startMs = Date.UTC(2026, 0, 1);
const at = (seconds: number) => formatTime(startMs + seconds * 1000);

function storedPod(name: string, createdS: number, status: PodStatus): StoredPod {
  const metadata: ObjectMeta = { name, namespace: 'default', uid: name, creationTimestamp: at(createdS) };
  return { ...pod(name), metadata: { ...metadata, labels: { app: 'web' } }, status } as StoredPod;
}

/** Refused by a node at that second. */
function refused(name: string, seconds: number): StoredPod {
  const condition = { type: 'Ready', status: 'False', lastTransitionTime: at(seconds) } as const;
  const why = { reason: 'OutOfcpu', message: 'no cpu left' };
  return storedPod(name, seconds, {
    phase: 'Failed',
    ...why,
    startTime: at(seconds),
    conditions: [condition],
  });
}

function ready(name: string, createdS: number): StoredPod {
  const condition = { type: 'Ready', status: 'True', lastTransitionTime: at(createdS + 1) } as const;
  return storedPod(name, createdS, { phase: 'Running', startTime: at(createdS), conditions: [condition] });
}

function judge(facts: Partial<FailureFacts> & { readonly nowS: number }, keptMax?: number): FailureVerdict {
  const { nowS, ...rest } = facts;
  const nowMs = startMs + nowS * 1000;
  const settings = keptMax === undefined ? {} : { keptMax };
  const base = { failed: [], active: [], condition: undefined, isSpecNew: false, isShort: true };
  return judgeFailures({ ...base, ...rest, nowMs }, settings);
}

const since = (seconds: number): WorkloadCondition => ({
  type: 'PodsFailing',
  status: 'True',
  lastTransitionTime: at(seconds),
});

describe('pods that fail before they are ready', () => {
  it('are replaced at once the first time, and the status says so', () => {
    const { condition, waitMs } = judge({ nowS: 0, failed: [refused('a', 0)] });
    expect(waitMs).toBe(0);
    expect(condition).toEqual({
      type: 'PodsFailing',
      status: 'True',
      reason: 'FailedBeforeReady',
      message: 'pod "a" failed before it was ready (OutOfcpu: no cpu left)',
      lastTransitionTime: at(0),
    });
  });

  it('are replaced more and more slowly, every 5 minutes at last', () => {
    const failed: StoredPod[] = [refused('p0', 0)];
    let { condition } = judge({ nowS: 0, failed });
    const waits: number[] = [];
    for (let seconds = 0; waits.length < 12; ) {
      failed.push(refused(`p${failed.length}`, seconds));
      const verdict = judge({ nowS: seconds, failed, condition });
      waits.push(verdict.waitMs / 1000);
      condition = verdict.condition;
      seconds += verdict.waitMs / 1000;
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
    expect(condition?.message).toContain('; pods are created again at 2026-01-01T');
    expect(condition?.lastTransitionTime).toBe(at(0));
  });

  it.each([
    { name: 'an hour ahead', aheadS: 3600 },
    { name: 'an hour behind', aheadS: -3600 },
  ])('wait as long as ever where the clock of the node is $name', ({ aheadS }) => {
    const skewed = at(10 + aheadS);
    const conditions = [
      { type: 'PodScheduled', status: 'True', lastTransitionTime: at(10) },
      { type: 'Ready', status: 'False', lastTransitionTime: skewed },
    ] as const;
    const failed = [storedPod('a', 10, { phase: 'Failed', startTime: skewed, conditions })];
    const waits = [10, 15, 20, 21, 600].map((nowS) => judge({ nowS, failed, condition: since(0) }).waitMs);
    expect(waits).toEqual([11_000, 6000, 1000, 0, 0]);
  });

  it.each([
    { name: 'while no pod is missing', facts: { isShort: false } },
    { name: 'when what is wanted was changed', facts: { isSpecNew: true } },
    { name: 'when nothing was said of it yet', facts: { condition: undefined } },
  ])('do not hold up the set $name', ({ facts }) => {
    const running = { nowS: 100, failed: [refused('a', 0), refused('b', 99)], condition: since(0) };
    expect(judge(running).waitMs).toBe(99_000);
    expect(judge({ ...running, ...facts }).waitMs).toBe(0);
  });

  it('are counted anew after a change of what is wanted', () => {
    const facts = { nowS: 100, failed: [refused('a', 99)], condition: since(0), isSpecNew: true };
    expect(judge(facts).condition?.lastTransitionTime).toBe(at(100));
  });

  it.each([
    { name: 'a later one became ready', facts: { nowS: 20, active: [ready('b', 11)] }, isOver: true },
    { name: 'an earlier one is ready', facts: { nowS: 20, active: [ready('b', 9)] }, isOver: false },
    { name: 'one of the same second is ready', facts: { nowS: 20, active: [ready('b', 10)] }, isOver: false },
    { name: '10 minutes have gone by', facts: { nowS: 610 }, isOver: true },
    { name: 'not quite 10 minutes have gone by', facts: { nowS: 609 }, isOver: false },
  ])('are forgotten, or not, when $name', ({ facts, isOver }) => {
    const { condition } = judge({ failed: [refused('a', 10)], condition: since(10), ...facts });
    expect(condition === undefined).toBe(isOver);
  });

  it('are kept up to a number, the newest of them', () => {
    const failed = [refused('new', 30), refused('oldest', 10), refused('old', 20)];
    const { surplus } = judge({ nowS: 40, failed }, 1);
    expect(surplus.map(({ metadata }) => metadata.name)).toEqual(['oldest', 'old']);
    expect(judge({ nowS: 40, failed }).surplus).toEqual([]);
  });

  it('are told from those that were ready, which are replaced at once and never deleted', () => {
    const lost = { type: 'Ready', status: 'False', lastTransitionTime: at(50) } as const;
    const evicted = storedPod('e', 0, { phase: 'Failed', startTime: at(0), conditions: [lost] });
    expect(wasReady(evicted)).toBe(true);
    expect(judge({ nowS: 50, failed: [evicted], condition: since(0) }, 0)).toEqual({
      condition: undefined,
      waitMs: 0,
      surplus: [],
    });
  });

  it.each([
    { name: 'without a word', status: { phase: 'Failed' }, want: false },
    {
      name: 'while its condition says it is',
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
      want: true,
    },
    { name: 'refused', status: refused('a', 0).status ?? {}, want: false },
  ] as readonly { name: string; status: PodStatus; want: boolean }[])(
    'was it ready: $name',
    ({ status, want }) => {
      expect(wasReady(storedPod('a', 0, status))).toBe(want);
    },
  );

  it('failed when the last thing happened to them', () => {
    const terminated = { exitCode: 1, finishedAt: at(40) };
    const ended = storedPod('a', 0, {
      phase: 'Failed',
      startTime: at(10),
      conditions: [
        { type: 'PodScheduled', status: 'True', lastTransitionTime: at(10) },
        { type: 'Ready', status: 'False', lastTransitionTime: at(10) },
      ],
      containerStatuses: [{ name: 'main', state: { terminated } }],
    });
    expect(judge({ nowS: 40, failed: [ended], condition: since(40) }).waitMs).toBe(1000);
    expect(judge({ nowS: 41, failed: [ended], condition: since(40) }).waitMs).toBe(0);
  });
});
