/** An agent is killed: when does the last of its pods run elsewhere, and what was the time spent on? Over NATS, each node a process. */

import { type BenchResult, median } from './bench-result.ts';
import type { NodeCrash } from './children/node-crash-report.ts';
import { withNatsServer } from './nats-server.ts';
import { runChild } from './run-child.ts';

const pods = 100;
const rounds = 3;
const replacedSecondsMax = 30;
/** Of the preset `small`: 12 s of silence, and 10 s that pods stay on a node that cannot be reached. */
const patienceSeconds = 22;

type Stage = Exclude<keyof NodeCrash, 'pods'>;

/** In their order; each ends with the last pod. */
const stages: readonly { readonly stage: Stage; readonly what: string }[] = [
  { stage: 'noticedMs', what: 'until the node is known to be gone' },
  { stage: 'evictedMs', what: 'until its last pod is evicted' },
  { stage: 'recreatedMs', what: 'until the last pod is made anew' },
  { stage: 'scheduledMs', what: 'until the last one has a node' },
  { stage: 'runningMs', what: 'until the last one is ready' },
];

export function run(): Promise<readonly BenchResult[]> {
  return withNatsServer('node-crash', async (port) => {
    const crashes: NodeCrash[] = [];
    for (let round = 0; round < rounds; round += 1)
      crashes.push(await runChild<NodeCrash>(['node-crash', port, round, pods]));
    const seconds = (stage: Stage) => median(crashes.map((crash) => crash[stage])) / 1000;
    const title = `an agent over NATS is killed`;
    const total = seconds('runningMs');
    return [
      {
        name: `${title}, until its ${pods} pods are replaced and ready`,
        ours: total,
        floor: patienceSeconds,
        unit: 's',
        ratio: total / patienceSeconds,
        oursMax: replacedSecondsMax,
        note: `median of ${rounds}; floor: the patience of the preset "small"`,
      },
      ...stages.map(({ stage, what }, i) => {
        const before = stages[i - 1];
        const ours = seconds(stage) - (before === undefined ? 0 : seconds(before.stage));
        return {
          name: `${title}: ${what}`,
          ours,
          floor: Number.NaN,
          unit: 's',
          ratio: Number.NaN,
          note: `at ${seconds(stage).toFixed(2)} s`,
        };
      }),
    ];
  });
}
