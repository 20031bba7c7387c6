import assert from 'node:assert/strict';
import { systemClock } from '../engine/system-clock.ts';

/** How many handles and requests of each kind the process holds open: sockets, pipes, child processes, timers. */
export type OpenResources = ReadonlyMap<string, number>;

/** File system work and immediates come and go with the test runner itself. */
const notCounted = /^(FS|File|Immediate|Microtask)/;

export function openResources(): OpenResources {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo())
    if (!notCounted.test(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

const pollMs = 5;
const closeMsMax = 5000;

/** Resolves when nothing is open that was not open `before`; rejects with what is left when that takes too long. */
export async function untilClosed(before: OpenResources): Promise<void> {
  const endMs = systemClock.monotonicMs() + closeMsMax;
  for (;;) {
    const left = [...openResources()].filter(([kind, count]) => count > (before.get(kind) ?? 0));
    if (left.length === 0) return;
    const words = left.map(([kind, count]) => `${count} ${kind} (before: ${before.get(kind) ?? 0})`);
    assert.ok(systemClock.monotonicMs() < endMs, `still open: ${words.join(', ')}`);
    await new Promise<void>((resolve) => systemClock.setTimeout(resolve, pollMs));
  }
}
