import { type Cluster, type LogLine, MooringError } from '@mooring/core';
import { TestClock } from '@mooring/core/testing';
import { expect, it } from 'vitest';
import { followLogs } from '../src/run/follow-logs.ts';

const line = (atMs: number, text: string): LogLine => ({ atMs, stream: 'stdout', text });

it('goes on where it was broken off when the engine is back, without a line twice', async () => {
  const clock = new TestClock();
  const lines = [line(1, 'a'), line(2, 'b'), line(2, 'c'), line(2, 'd'), line(3, 'e')];
  const asked: (number | undefined)[] = [];
  const cluster: Pick<Cluster, 'facts' | 'logs'> = {
    async *facts() {
      yield {
        type: 'container.started',
        data: { namespace: 'default', pod: 'web', container: 'main' },
      } as never;
    },
    async *logs(_, { sinceMs } = {}) {
      asked.push(sinceMs);
      const end = [3, 0, 5][asked.length - 1];
      yield* lines.slice(0, end).filter(({ atMs }) => atMs >= (sinceMs ?? 0));
      if (asked.length < 3) throw new MooringError('RUNTIME_UNAVAILABLE', 'no engine');
    },
  };
  const written: string[] = [];
  const told: string[] = [];
  const { signal } = new AbortController();
  const follower = followLogs({
    ...{ cluster, clock, signal },
    onLine: ({ text }) => void written.push(text),
    onTrouble: (words) => void told.push(words),
  });
  await clock.advanceBy(2_500);
  await follower.settled();
  expect(asked).toEqual([undefined, 2, 2]);
  expect(written).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(told).toEqual(['the log of web/main cannot be read, and is tried again: no engine']);
});
