/**
 * `npm run chaos [-- --rounds N] [--seed N] [--only WORDS] [--docker]`: real servers, agents, controllers and processes, or
 * containers of a Docker engine of their own, under load, and
 * faults of every kind in an order that the seed gives. After each fault all laws have to hold again within their time. Ends
 * with 1 when one is broken. See docs/testing.md.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SeededRandom } from '@mooring/core/testing';
import { optionsOf } from '../scripts/options.ts';
import { engine } from '../test/support/engines.ts';
import { type Fault, faults } from './faults.ts';
import { firstProblem, watchRestarts } from './laws.ts';
import { Load } from './load.ts';
import { type ChaosReport, formatReport, type Outcome } from './report.ts';
import { type NodeName, Stage } from './stage.ts';
import { untilNone } from './wait-until.ts';

/** A lost node is given up after 12 s and its pods evicted after 10 more, one by one where many nodes are unwell. */
const wholeMsMax = 120_000;

const { values } = optionsOf({
  options: {
    rounds: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string', default: '' },
    docker: { type: 'boolean', default: false },
  },
});
process.exitCode = await main(Number(values.rounds), Number(values.seed), values.only, values.docker);

async function main(rounds: number, seed: number, only: string, isDocker: boolean): Promise<number> {
  const { available, reason } = engine('nats-cluster');
  if (!available) {
    console.error(`chaos needs a nats-server that keeps copies: ${reason}; bring it with: npm run engines`);
    return 2;
  }
  for (const name of isDocker ? (['dockerd', 'busybox'] as const) : []) {
    const { available: isThere, reason: why } = engine(name);
    if (isThere) continue;
    console.error(`chaos --docker needs ${name}: ${why}`);
    return 2;
  }
  const chosen = faults.filter(({ kind }) => kind.includes(only));
  if (chosen.length === 0 || !(rounds >= 1)) {
    console.error(`nothing to do; the faults are:\n${faults.map(({ kind }) => `  ${kind}`).join('\n')}`);
    return 2;
  }
  const report = await run(chosen, { rounds, seed, isDocker });
  const folder = join(import.meta.dirname, 'results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, `${report.startedAt.replaceAll(':', '-')}.json`),
    JSON.stringify(report, undefined, 2),
  );
  console.log(`\n${formatReport(report)}`);
  return report.violations.length === 0 ? 0 : 1;
}

async function run(
  chosen: readonly Fault[],
  { rounds, seed, isDocker }: { readonly rounds: number; readonly seed: number; readonly isDocker: boolean },
): Promise<ChaosReport> {
  const startedAt = new Date().toISOString();
  console.log(`seed ${seed}: three NATS servers, three agents, controllers in two processes ...`);
  const random = new SeededRandom(String(seed));
  const pick = <T>(items: readonly T[]): T => {
    const item = items[Math.floor(random.next() * items.length)];
    if (item === undefined) throw new Error('there is nothing to choose from');
    return item;
  };
  const stage = await Stage.start({ isDocker });
  const outcomes: Outcome[] = [];
  const violations: string[] = [];
  const skipped = chosen.flatMap(({ kind, lack }) => {
    const reason = lack?.(stage);
    return reason === undefined ? [] : [{ kind, reason }];
  });
  const stop = new AbortController();
  const watch = watchRestarts(stage, stop.signal, violations);
  const load = await Load.start(stage);
  try {
    await whole(stage, load, 'at the beginning');
    for (let round = 0; round < rounds; round += 1)
      for (const fault of shuffled(chosen, pick)) {
        if (fault.lack?.(stage) !== undefined) continue;
        outcomes.push(await suffer(fault, stage, load, pick));
      }
  } catch (error) {
    violations.push(error instanceof Error ? error.message : String(error));
  } finally {
    stop.abort();
    await watch;
    await load.end();
    if (violations.length === 0) await stage.close();
    else console.error(`everything is left as it is, in ${stage.dir}`);
  }
  return { startedAt, seed, outcomes, skipped, violations, writes: load.counts };
}

async function suffer(
  fault: Fault,
  stage: Stage,
  load: Load,
  pick: <T>(items: readonly T[]) => T,
): Promise<Outcome> {
  const { kind, holdMs, isSurvived } = fault;
  const beganMs = performance.now();
  const injury = await fault.inject(stage, pick);
  // Nobody is missed who has nothing to do.
  await load.change();
  const down = new Set(injury.down === undefined ? [] : [injury.down]);
  const survivedMs = isSurvived ? await whole(stage, load, `during "${kind}"`, down) : undefined;
  await sleep(Math.max(0, holdMs - (performance.now() - beganMs)));
  await injury.heal?.();
  const healedMs = await whole(stage, load, `after "${kind}"`);
  const outcome = { kind, ...(survivedMs !== undefined && { survivedMs }), healedMs };
  const text = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  console.log(
    `${kind}${down.size > 0 ? ` (${[...down].join()})` : ''}: ${survivedMs === undefined ? '' : `whole after ${text(survivedMs)}; `}undone: whole after ${text(healedMs)}`,
  );
  return outcome;
}

/** Resolves once everything is as wanted, with how long that took. */
async function whole(
  stage: Stage,
  load: Load,
  when: string,
  down: ReadonlySet<NodeName> = new Set(),
): Promise<number> {
  return await untilNone(() => firstProblem(stage, load, down), {
    what: when,
    timeoutMs: wholeMsMax,
    everyMs: 250,
  });
}

function shuffled<T>(items: readonly T[], pick: <U>(items: readonly U[]) => U): readonly T[] {
  const left = [...items];
  const order: T[] = [];
  while (left.length > 0) {
    const next = pick(left);
    left.splice(left.indexOf(next), 1);
    order.push(next);
  }
  return order;
}
