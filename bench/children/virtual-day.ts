/**
 * A day of crash loops in virtual time. Arguments: number of pods, hours. Every container exits with code 1 a second
 * after its start, and waits for its back-off between.
 */

import { createAgent } from '@mooring/core';
import { memoryVolumes, TestClock } from '@mooring/core/testing';
import { exits, fakeRuntime } from '@mooring/runtime-fake';
import { cpuMsSince } from './census.ts';
import { ready, report } from './conversation.ts';
import type { VirtualDay } from './virtual-day-report.ts';

const [pods = 1000, hours = 24] = process.argv.slice(2).map(Number);
const hourMs = 3_600_000;

const clock = new TestClock();
let exitCount = 0;
const agent = await createAgent({
  name: 'node-a',
  plugins: [fakeRuntime({ images: { '*': { run: exits(1, 1000) } } })],
  volumes: () => memoryVolumes(),
  clock,
});
const ending = new AbortController();
const counting = (async () => {
  for await (const _ of agent.facts('pod.*.container.*.exited', { signal: ending.signal })) exitCount += 1;
})();
await ready();
const beganMs = performance.now();
const cpuBefore = process.cpuUsage();
await agent.apply(Array.from({ length: pods }, (_, i) => podNamed(`pod-${i}`)));
await clock.advanceBy(hours * hourMs);
const tookMs = performance.now() - beganMs;
const cpuMs = cpuMsSince(cpuBefore);
const restarts = (await agent.list('Pod')).map(
  ({ status }) => status?.containerStatuses?.[0]?.restartCount ?? 0,
);
const events = (await agent.list('Event')).map(({ count }) => count ?? 1);
ending.abort();
await counting;
report({
  pods,
  hours,
  tookMs,
  cpuMs,
  exits: exitCount,
  restarts: sum(restarts),
  events: sum(events),
} satisfies VirtualDay);

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function podNamed(name: string) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers: [{ name: 'main', image: 'crasher:1' }] },
  };
}
