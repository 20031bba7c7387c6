import type { Cluster } from '@mooring/core';
import { TestClock } from '@mooring/core/testing';
import { expect, test } from 'vitest';
import type { CommandContext } from '../src/command.ts';
import { stopRun } from '../src/run/stop-run.ts';

function scene(message: string, close: () => Promise<void>) {
  const clock = new TestClock();
  const gentle = new AbortController();
  const hard = new AbortController();
  const said: string[] = [];
  gentle.abort();
  const interrupts = { gentle: gentle.signal, hard: hard.signal };
  const cluster = {
    ...{ close, nodes: ['localhost'], list: async () => [] },
    runtimeHealth: () => ({ ready: message === '', message }),
  } as unknown as Cluster;
  const context = { shell: { clock, interrupts }, paint: (_: string, words: string) => words };
  const screen = { words: (words: string) => said.push(words) };
  const stopped = stopRun(context as unknown as CommandContext, cluster, screen);
  return { clock, hard, said, stopped };
}

const never = () => new Promise<void>(() => {});

test.each([
  ['connect ECONNREFUSED', 'may be running: connect ECONNREFUSED'],
  ['', 'may be running'],
])('who asks twice is told of what may be left running (%o)', async (message, end) => {
  const { clock, hard, said, stopped } = scene(message, never);
  hard.abort();
  await clock.advanceBy(10_000);
  await stopped;
  expect(said).toHaveLength(2);
  expect(said[1]).toMatch(new RegExp(`${end}$`));
});

test('nothing is said when all has ended', async () => {
  const { said, stopped } = scene('', async () => {});
  await stopped;
  expect(said).toEqual(['Stopping. Ctrl-C once more ends everything at once.']);
});
