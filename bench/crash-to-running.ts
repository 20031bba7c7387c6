/**
 * From the crash of a container's process to the first word of its successor, through a whole agent: event, pod actor,
 * back-off gate, image, create, start, statuses and events in a durable store. Beside it a bare respawn loop.
 */

import type { BenchOptions, BenchResult } from './bench-result.ts';
import { type ChildCommand, runChild } from './run-child.ts';

const ratioMax = 1.3;

const contests: readonly { readonly name: string; readonly crashes: number; readonly note: string }[] = [
  { name: 'shell script', crashes: 60, note: 'the least program there is: all of it is overhead' },
  { name: 'Node program', crashes: 20, note: 'what users run' },
];

export async function run({ quick }: BenchOptions): Promise<BenchResult[]> {
  const results: BenchResult[] = [];
  for (const [which, { name, crashes: all, note }] of contests.entries()) {
    const crashes = quick ? 10 : all;
    const command: ChildCommand = ['crash-to-running', which, crashes];
    const { ours, floor } = await runChild<{ readonly ours: number; readonly floor: number }>(command);
    results.push({
      name: `crash to running again under an agent, ${name}`,
      ...{ ours, floor, unit: 'ms', ratio: ours / floor, limit: ratioMax },
      note: `median of ${crashes}, in turn with a bare respawn loop; ${note}`,
    });
  }
  return results;
}
