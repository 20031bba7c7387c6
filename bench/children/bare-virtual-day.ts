/** The floor of a day in virtual time: the same waits on the same clock, and nothing else. Arguments as for the agent. */

import { TestClock } from '@mooring/core/testing';
import { cpuMsSince } from './census.ts';
import { ready, report } from './conversation.ts';
import type { VirtualDay } from './virtual-day-report.ts';

const [pods = 1000, hours = 24] = process.argv.slice(2).map(Number);
const hourMs = 3_600_000;
const runMs = 1000;
const backOffMsMax = 300_000;

const clock = new TestClock();
let exits = 0;

function loop(backOffMs: number): void {
  clock.setTimeout(() => {
    exits += 1;
    const nextMs = Math.min(Math.max(10_000, backOffMs * 2), backOffMsMax);
    clock.setTimeout(() => loop(nextMs), backOffMs);
  }, runMs);
}

await ready();
const beganMs = performance.now();
const cpuBefore = process.cpuUsage();
for (let i = 0; i < pods; i += 1) loop(0);
await clock.advanceBy(hours * hourMs);
const tookMs = performance.now() - beganMs;
const cpuMs = cpuMsSince(cpuBefore);
report({ pods, hours, tookMs, cpuMs, exits, restarts: exits, events: 0 } satisfies VirtualDay);
