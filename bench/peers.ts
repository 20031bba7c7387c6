/**
 * Mooring beside what users come from, each in processes of its own on the same machine at the same time: how soon a crashed
 * program is back, what it takes to keep many alive, and what becomes of one that crashes again and again.
 */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BenchOptions, type BenchResult, median } from './bench-result.ts';
import { Pipe, programs } from './keeper.ts';
import { type Contestant, startAll } from './peers/contestants.ts';
import { usageOfTree } from './peers/process-tree.ts';

const mib = 1024 * 1024;
const uptimeMs = 1200;
const crashLoopMs = 120_000;

export async function run({ quick }: BenchOptions): Promise<BenchResult[]> {
  const results = await crashToRunning(quick ? 5 : 30);
  for (const count of quick ? [10] : [10, 100, 500])
    results.push(...(await footprint(count, quick ? 3 : 20)));
  if (!quick) results.push(...(await crashLoop()));
  return results;
}

/** Kill, and wait for the first word of the successor; in turn, and who begins changes. */
async function crashToRunning(crashes: number): Promise<BenchResult[]> {
  return await inFolder(async (dir) => {
    const pipes = new Map<string, Pipe>();
    const pipeOf = (name: string) => {
      const pipe = pipes.get(name) ?? new Pipe(join(dir, name.concat('.pipe')));
      pipes.set(name, pipe);
      return pipe;
    };
    const words = new Map<string, Promise<string>>();
    const contestants = await startAll(dir, 'ever', (name) => {
      words.set(name, pipeOf(name).firstWord());
      return [{ name: 'crasher', command: programs.shell(pipeOf(name).path) }];
    });
    const samples = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
    const pids = new Map<string, number>();
    for (const { name } of contestants) pids.set(name, Number(await words.get(name)));
    for (let crash = -2; crash < crashes; crash += 1) {
      await sleep(uptimeMs);
      for (const { name } of rotated(contestants, crash + 2)) {
        const up = pipeOf(name).firstWord();
        const beganMs = performance.now();
        process.kill(pids.get(name) ?? 0, 'SIGKILL');
        pids.set(name, Number(await up));
        if (crash >= 0) samples.get(name)?.push(performance.now() - beganMs);
      }
    }
    for (const contestant of contestants) await contestant.end();
    for (const pipe of pipes.values()) pipe.close();
    const ours = median(samples.get('mooring') ?? []);
    return contestants.slice(1).map(({ name }) => {
      const floor = median(samples.get(name) ?? []);
      const beside = name === 'bare' ? 'a bare respawn loop' : name;
      return {
        name: `crash of a shell script until the next one speaks, beside ${beside}`,
        ...{ ours, floor, unit: 'ms', ratio: ours / floor },
        note: `median of ${crashes}; each in processes of its own`,
      };
    });
  });
}

/** Memory and CPU of what keeps so many sleeping programs alive. */
async function footprint(count: number, seconds: number): Promise<BenchResult[]> {
  return await inFolder(async (dir) => {
    const sleepers = Array.from({ length: count }, (_, i) => ({
      name: `s${i}`,
      command: ['/bin/sleep', '100000'],
    }));
    const contestants = await startAll(dir, 'default', () => sleepers);
    await sleep(Math.max(10_000, count * 100));
    const before = new Map(contestants.map(({ name, pid }) => [name, usageOfTree(pid, '/sleep')]));
    await sleep(seconds * 1000);
    const used = contestants.map(({ name, pid }) => {
      const now = usageOfTree(pid, '/sleep');
      const cpu = (now.cpuSeconds - (before.get(name)?.cpuSeconds ?? 0)) / seconds;
      return { name, pss: now.pssBytes / mib, cpu: cpu * 100 };
    });
    for (const contestant of contestants) await contestant.end();
    const [ours, ...others] = used;
    if (ours === undefined) throw new Error('Mooring is one of them');
    return others.map(({ name, pss, cpu }) => ({
      name: `${count} sleeping programs kept alive: memory, beside ${name}`,
      ...{ ours: ours.pss, floor: pss, unit: 'MiB', ratio: ours.pss / pss },
      note: `PSS of all its processes but the programs; CPU ${ours.cpu.toFixed(2)} % of a core, and ${cpu.toFixed(2)} %`,
    }));
  });
}

/** A program that fails at once, for two minutes, with what each does by default. */
async function crashLoop(): Promise<BenchResult[]> {
  return await inFolder(async (dir) => {
    const path = (name: string) => join(dir, `${name}.times`);
    const contestants: readonly Contestant[] = await startAll(dir, 'default', (name) => [
      { name: 'failer', command: ['/bin/sh', '-c', `date +%s%3N >> ${path(name)}; exit 1`] },
    ]);
    await sleep(crashLoopMs);
    const starts = new Map(contestants.map(({ name }) => [name, timesIn(path(name))]));
    for (const contestant of contestants) await contestant.end();
    const ours = starts.get('mooring') ?? [];
    return contestants.slice(1).map(({ name }) => {
      const theirs = starts.get(name) ?? [];
      return {
        name: `a program that fails at once, started in two minutes, beside ${name}`,
        ...{ ours: ours.length, floor: theirs.length, unit: 'times', ratio: ours.length / theirs.length },
        note: `pauses: ${pauses(ours)}; ${name}: ${pauses(theirs)}`,
      };
    });
  });
}

function timesIn(path: string): readonly number[] {
  try {
    return readFileSync(path, 'utf8').trim().split('\n').map(Number);
  } catch {
    // It never ran.
    return [];
  }
}

function pauses(times: readonly number[]): string {
  const seconds = times.slice(1).map((ms, i) => ((ms - (times[i] ?? 0)) / 1000).toFixed(1));
  const told = seconds.slice(0, 8).join(', ');
  return `${told}${seconds.length > 8 ? ', ...' : ''} s`;
}

function rotated<T>(items: readonly T[], by: number): readonly T[] {
  const at = by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}

async function inFolder<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'mooring-peers-'));
  try {
    return await work(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}
