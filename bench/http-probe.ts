/**
 * CPU time of one HTTP probe beside that of a bare `http.get` with a connection of its own: flat out, and at the
 * pace of an agent with 1,000 probes a second. Both are measured in alternating rounds of one process.
 */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FieldPath } from '../packages/core/src/api/field-error.ts';
import { fakeTarget } from '../packages/core/src/testing/fake-target.ts';
import { httpProber } from '../packages/probe-http/src/http-prober.ts';
import { type BenchResult, median } from './bench-result.ts';

type Attempt = () => Promise<void>;
type Load = (attempt: Attempt) => Promise<void>;

const rounds = 9;
const warmUpRounds = 2;
const ratioMax = 1.5;

export async function run(): Promise<BenchResult[]> {
  const child = fork(join(import.meta.dirname, 'targets', 'http-target.ts'));
  try {
    const [port] = await once(child, 'message');
    const pair = { ours: probeOf(Number(port)), floor: () => bareGet(Number(port)) };
    return [
      await compare('CPU of one HTTP probe, flat out', pair, (attempt) => flatOut(attempt, 1000)),
      await compare('CPU of one HTTP probe, 1,000 in a second', pair, (attempt) => paced(attempt, 1000)),
    ];
  } finally {
    child.disconnect();
  }
}

function probeOf(port: number): Attempt {
  const compiled = httpProber().compile({ port, path: '/healthz' }, FieldPath.root);
  if (!compiled.ok) throw new Error('the settings were refused');
  const target = fakeTarget();
  return async () => {
    const { outcome, message } = await compiled.value(target, new AbortController().signal);
    if (outcome !== 'success') throw new Error(message);
  };
}

function bareGet(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path: '/healthz', agent: false }, (response) => {
      response.resume();
      response.once('end', resolve);
    });
    request.once('error', reject);
  });
}

async function compare(
  name: string,
  { ours, floor }: { readonly ours: Attempt; readonly floor: Attempt },
  load: Load,
): Promise<BenchResult> {
  const samples = { ours: [] as number[], floor: [] as number[], ratio: [] as number[] };
  for (let round = -warmUpRounds; round < rounds; round += 1) {
    // Who goes first changes, for the garbage of the one is often collected in the time of the other.
    const oursFirst = round % 2 === 0 ? await cpuMicros(load, ours) : undefined;
    const floorMicros = await cpuMicros(load, floor);
    const oursMicros = oursFirst ?? (await cpuMicros(load, ours));
    if (round < 0) continue;
    samples.ours.push(oursMicros);
    samples.floor.push(floorMicros);
    samples.ratio.push(oursMicros / floorMicros);
  }
  const result = { ours: median(samples.ours), floor: median(samples.floor), ratio: median(samples.ratio) };
  return { name, ...result, unit: 'µs CPU', limit: ratioMax, note: `median of ${rounds} alternating rounds` };
}

/** CPU time of this process for each attempt of a load of 1,000. */
async function cpuMicros(load: Load, attempt: Attempt): Promise<number> {
  const before = process.cpuUsage();
  await load(attempt);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const lanes = 10;

async function flatOut(attempt: Attempt, count: number): Promise<void> {
  const lane = async () => {
    for (let i = 0; i < count / lanes; i += 1) await attempt();
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

const tickMs = 10;

/** Starts `perSecond` attempts, spread over one second. */
async function paced(attempt: Attempt, perSecond: number): Promise<void> {
  const startMs = performance.now();
  const running: Promise<void>[] = [];
  while (running.length < perSecond) {
    const due = Math.min(perSecond, ((performance.now() - startMs) / 1000) * perSecond);
    while (running.length < due) running.push(attempt());
    await sleep(tickMs);
  }
  await Promise.all(running);
}
