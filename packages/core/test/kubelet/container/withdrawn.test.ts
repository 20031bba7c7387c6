import { describe, expect, it } from 'vitest';
import { withdrawn } from '../../../src/kubelet/container/withdrawn.ts';
import type { NodeContext, PodRecord } from '../../../src/kubelet/node-context.ts';
import { Connections } from '../../../src/kubelet/proxy/connections.ts';
import { TestClock } from '../../../src/testing/test-clock.ts';
import { deleted, pod } from '../pod/pod-rig.ts';

/** A deleted pod whose endpoints are gone after `listedMs`, and whose connections are closed one by one. */
async function wait(options: {
  listedMs?: number;
  closedAtMs?: readonly number[];
  graceMs?: number;
  abortAtMs?: number;
  isServedElsewhere?: boolean;
  connections?: Connections;
}) {
  const { listedMs = 0, closedAtMs = [], graceMs = 30_000, abortAtMs, isServedElsewhere = false } = options;
  const { connections = new Connections() } = options;
  const clock = new TestClock();
  for (const ms of closedAtMs) clock.setTimeout(connections.open('u1'), ms);
  const traffic = {
    leave: (podUID: string) => connections.leave(podUID),
    isListed: () => clock.monotonicMs() < listedMs,
    unlisted: (_: string, signal: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        clock.setTimeout(resolve, listedMs);
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
    connectionsTo: (podUID: string) => connections.openTo(podUID),
    drained: (podUID: string, signal: AbortSignal) => connections.drained(podUID, signal),
    isServedElsewhere: () => isServedElsewhere,
  };
  const settings = { withdrawMsMax: 2000, drainMsMax: 5000 };
  const node = { clock, traffic, settings } as unknown as NodeContext;
  const record = { pod: pod({}, deleted), withdrawalSinceMs: undefined } as unknown as PodRecord;
  const aborting = new AbortController();
  if (abortAtMs !== undefined) clock.setTimeout(() => aborting.abort(new Error('stopped')), abortAtMs);
  let endedMs = -1;
  const waiting = withdrawn(node, record, graceMs, aborting.signal).finally(() => {
    endedMs = clock.monotonicMs();
  });
  waiting.catch(() => undefined);
  await clock.advanceBy(60_000);
  await waiting;
  return endedMs;
}

describe('the wait before the stop signal', () => {
  it.each([
    ['is none where nothing comes', {}, 0],
    ['ends with the endpoints', { listedMs: 1500 }, 1500],
    ['gives up on endpoints after 2 s', { listedMs: 9000 }, 2000],
    ['ends with the last connection', { closedAtMs: [100, 3000, 200] }, 3000],
    ['gives up on connections 5 s after the endpoints', { listedMs: 1500, closedAtMs: [20_000] }, 6500],
    ['gives up on both after 7 s', { listedMs: 9000, closedAtMs: [20_000] }, 7000],
    ['is 5 s where nobody counts them', { listedMs: 1500, isServedElsewhere: true }, 6500],
    ['is as long as it may be there', { isServedElsewhere: true, graceMs: 4000 }, 2000],
    ['takes half of the grace period at most', { closedAtMs: [20_000], graceMs: 4000 }, 2000],
    ['takes nothing of no grace period', { listedMs: 1500, closedAtMs: [20_000], graceMs: 0 }, 0],
  ])('%s', async (_, options, want) => {
    expect(await wait(options)).toBe(want);
  });

  it('is no time in which new connections come', async () => {
    const connections = new Connections();
    await wait({ listedMs: 1500, connections });
    expect([connections.isLeaving('u1'), connections.isLeaving('u2')]).toEqual([true, false]);
  });

  it('ends at once when the agent does', async () => {
    await expect(wait({ closedAtMs: [20_000], abortAtMs: 700 })).rejects.toThrow('stopped');
  });
});

describe('connections to a pod', () => {
  it('are those that began and are not over, however often that is said', async () => {
    const connections = new Connections();
    const first = connections.open('a');
    const second = connections.open('a');
    connections.open(undefined)();
    first();
    first();
    expect([connections.openTo('a'), connections.openTo('b')]).toEqual([1, 0]);
    const drained = connections.drained('a', new AbortController().signal);
    // Another one begins in the moment in which the last one ends: it counts too.
    second();
    const third = connections.open('a');
    let isDrained = false;
    void drained.then(() => {
      isDrained = true;
    });
    await Promise.resolve();
    await Promise.resolve();
    expect(isDrained).toBe(false);
    third();
    await drained;
    expect(connections.openTo('a')).toBe(0);
  });
});
