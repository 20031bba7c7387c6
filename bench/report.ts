/** `bench/RESULTS.md`: the last whole result of each benchmark, with where and when it was measured. */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BenchResult, isWithinLimits } from './bench-result.ts';
import { cellsOf } from './table.ts';

export interface KeptResult extends BenchResult {
  /** The benchmark that it is of. */
  readonly bench: string;
}

interface KeptRun {
  readonly startedAt: string;
  readonly quick?: boolean;
  readonly machine: {
    readonly cpu?: string;
    readonly cores: number;
    readonly loadAverages: readonly number[];
    readonly node: string;
  };
  readonly results: readonly KeptResult[];
}

/** The path of what was written. What was measured elsewhere, and not here since, stays as it is. */
export function writeReport(folder: string, benches: readonly string[]): string {
  const path = join(folder, 'RESULTS.md');
  const written = writtenSections(path);
  const runs = keptRuns(join(folder, 'results'));
  const sections = benches.flatMap((bench) => {
    const run = runs.find(({ results }) => results.some((result) => result.bench === bench));
    const before = written.get(bench);
    const isOlder = run === undefined || run.startedAt.slice(0, 10) < (before?.day ?? '');
    if (isOlder) return before === undefined ? [] : [before.text];
    return [section(bench, run)];
  });
  writeFileSync(path, `${[head, ...sections].join('\n\n')}\n`);
  return path;
}

const head = `# Results of the benchmarks

Written by \`npm run bench\`, from the last whole run of each. Every figure stands beside a floor or a peer that was measured in
the same run; read the ratios, as a busy machine slows both. A figure beyond its limit says NO, and a ratio above 1 says that the
floor or the peer is ahead. What stands behind the figures is in [docs/performance.md](../docs/performance.md).`;

/** By the name of the benchmark: what the report says so far, and of which day that is. */
function writtenSections(
  path: string,
): ReadonlyMap<string, { readonly text: string; readonly day: string | undefined }> {
  if (!existsSync(path)) return new Map();
  const [, ...sections] = readFileSync(path, 'utf8').split(/^## /m);
  return new Map(
    sections.map((section) => {
      const name = section.slice(0, section.indexOf('\n'));
      return [name, { text: `## ${section}`.trimEnd(), day: /\d{4}-\d{2}-\d{2}/.exec(section)?.[0] }];
    }),
  );
}

/** The newest first. */
function keptRuns(folder: string): readonly KeptRun[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8'), withoutNull) as KeptRun)
    .filter(({ quick }) => quick !== true)
    .toSorted((a, b) => b.startedAt.localeCompare(a.startedAt));
}

/** There is no NaN in JSON: a ratio to nothing is kept as `null`. */
function withoutNull(_: string, value: unknown): unknown {
  return value === null ? Number.NaN : value;
}

function section(bench: string, { startedAt, machine, results }: KeptRun): string {
  const own = results.filter((result) => result.bench === bench);
  const load = machine.loadAverages.map((value) => value.toFixed(1)).join(', ');
  const where = `${machine.cores} cores (${machine.cpu ?? 'unknown'}), Node ${machine.node}, load averages ${load}`;
  return [
    `## ${bench}`,
    '',
    `\`npm run bench -- ${bench}\`, ${startedAt.slice(0, 10)}, ${where}`,
    '',
    '| figure | ours | floor or peer | ratio | limit | within | |',
    '|---|---|---|---|---|---|---|',
    ...own.map((result) => `| ${cellsOf(result).join(' | ')} |`),
    ...own
      .filter((result) => isWithinLimits(result) === false)
      .map(({ name }) => `\nBeyond its limit: ${name}.`),
  ].join('\n');
}
