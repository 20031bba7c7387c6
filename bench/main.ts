/**
 * `npm run bench [-- NAME...] [--check]`: measures, prints a table, and leaves the result in `bench/results`. With
 * `--check` it fails when a figure is beyond its limit. See docs/performance.md.
 */

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type BenchResult, isWithinLimits } from './bench-result.ts';
import { formatTable } from './table.ts';

interface Bench {
  run(): Promise<readonly BenchResult[]>;
}

const root = join(import.meta.dirname, '..');

/** In this order, each loaded when it is its turn. */
const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  'crash-to-running': () => import('./crash-to-running.ts'),
  respawn: () => import('./respawn.ts'),
  'docker-crash': () => import('./docker-crash.ts'),
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
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { check: { type: 'boolean', default: false } },
});
process.exitCode = await main(positionals, values.check);

async function main(wanted: readonly string[], isChecked: boolean): Promise<number> {
  const unknown = wanted.filter((name) => benches[name] === undefined);
  if (unknown.length > 0) {
    console.error(`no benchmark named ${unknown.join(', ')}: there are ${Object.keys(benches).join(', ')}`);
    return 2;
  }
  build();
  const startedAt = new Date();
  const results: BenchResult[] = [];
  let failures = 0;
  for (const [name, load] of Object.entries(benches)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    console.log(`${name} ...`);
    try {
      results.push(...(await (await load()).run()));
    } catch (error) {
      failures += 1;
      console.error(`${name} could not be measured:`, error);
    }
  }
  console.log(`\n${formatTable(results)}`);
  console.log(`\n${keep(startedAt, results)}`);
  const isBeyond = results.some((result) => isWithinLimits(result) === false);
  return failures > 0 || (isChecked && isBeyond) ? 1 : 0;
}

/** What is measured is what is published: the compiled packages, which the processes of the benchmarks load. */
function build(): void {
  execFileSync('npx', ['tsc', '-b'], { cwd: root, stdio: 'inherit' });
}

/** The path of the file. */
function keep(startedAt: Date, results: readonly BenchResult[]): string {
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
  writeFileSync(path, `${JSON.stringify({ startedAt, machine, results }, null, 2)}\n`);
  return path;
}
