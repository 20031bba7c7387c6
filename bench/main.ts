/**
 * `npm run bench [-- NAME...] [--quick] [--check] [--report]`: measures, prints a table, and leaves the result in
 * `bench/results`. With `--quick` it takes the short ones, in small; with `--check` it fails when a figure is beyond its
 * limit. The last whole result of each benchmark makes up `bench/RESULTS.md`, which `--report` writes anew without measuring.
 * See docs/performance.md.
 */

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { optionsOf } from '../scripts/options.ts';
import { type BenchOptions, type BenchResult, isWithinLimits } from './bench-result.ts';
import { type KeptResult, writeReport } from './report.ts';
import { formatTable } from './table.ts';

interface Bench {
  run(options: BenchOptions): Promise<readonly BenchResult[]>;
}

const root = join(import.meta.dirname, '..');

/** In this order, each loaded when it is its turn. */
const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  'crash-to-running': () => import('./crash-to-running.ts'),
  peers: () => import('./peers.ts'),
  respawn: () => import('./respawn.ts'),
  'docker-crash': () => import('./docker-crash.ts'),
  'docker-liveness': () => import('./docker-liveness.ts'),
  'docker-idle': () => import('./docker-idle.ts'),
  'http-probe': () => import('./http-probe.ts'),
  'http-agent': () => import('./http-agent.ts'),
  'many-pods': () => import('./many-pods.ts'),
  'virtual-day': () => import('./virtual-day.ts'),
  'replica-sets': () => import('./replica-sets.ts'),
  'large-cluster': () => import('./large-cluster.ts'),
  'nats-messages': () => import('./nats-messages.ts'),
  'nats-store': () => import('./nats-store.ts'),
  'node-crash': () => import('./node-crash.ts'),
  'nats-agent': () => import('./nats-agent.ts'),
  'api-lists': () => import('./api-lists.ts'),
  'api-watches': () => import('./api-watches.ts'),
  'api-creates': () => import('./api-creates.ts'),
};

/** Those that say something in little time. */
const quickOnes: readonly string[] = [
  'crash-to-running',
  'peers',
  'many-pods',
  'virtual-day',
  'replica-sets',
  'nats-messages',
  'api-lists',
  'api-creates',
];

const { values, positionals } = optionsOf({
  allowPositionals: true,
  options: {
    check: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    report: { type: 'boolean', default: false },
  },
});
process.exitCode = values.report ? report() : await main(positionals, values);

async function main(
  wanted: readonly string[],
  { check, quick }: { readonly check: boolean; readonly quick: boolean },
): Promise<number> {
  const unknown = wanted.filter((name) => benches[name] === undefined);
  if (unknown.length > 0) {
    console.error(`no benchmark named ${unknown.join(', ')}: there are ${Object.keys(benches).join(', ')}`);
    return 2;
  }
  build();
  const startedAt = new Date();
  const results: KeptResult[] = [];
  let failures = 0;
  for (const [bench, load] of Object.entries(benches)) {
    if (!(wanted.length > 0 ? wanted : quick ? quickOnes : [bench]).includes(bench)) continue;
    console.log(`${bench} ...`);
    const beganMs = performance.now();
    try {
      for (const result of await (await load()).run({ quick })) results.push({ ...result, bench });
    } catch (error) {
      failures += 1;
      console.error(`${bench} could not be measured:`, error);
    }
    console.log(`${bench} took ${Math.round((performance.now() - beganMs) / 1000)} s`);
  }
  console.log(`\n${formatTable(results)}`);
  console.log(`\n${keep(startedAt, quick, results)}`);
  if (!quick) report();
  const isBeyond = results.some((result) => isWithinLimits(result) === false);
  return failures > 0 || (check && isBeyond) ? 1 : 0;
}

function report(): number {
  console.log(writeReport(join(root, 'bench'), Object.keys(benches)));
  return 0;
}

/** What is measured is what is published: the compiled packages, which the processes of the benchmarks load. */
function build(): void {
  execFileSync('npx', ['tsc', '-b'], { cwd: root, stdio: 'inherit' });
}

/** The path of the file. */
function keep(startedAt: Date, quick: boolean, results: readonly KeptResult[]): string {
  const folder = join(root, 'bench', 'results');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${startedAt.toISOString().replaceAll(':', '-')}.json`);
  const machine = {
    cpu: cpus()[0]?.model,
    cores: availableParallelism(),
    // Above the number of cores: others were at work meanwhile.
    loadAverages: loadavg(),
    node: process.version,
  };
  writeFileSync(path, `${JSON.stringify({ startedAt, quick, machine, results }, null, 2)}\n`);
  return path;
}
