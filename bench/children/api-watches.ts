/**
 * Changes of pods at a steady rate, told to everybody who watches them, beside a bare server that writes the same bytes.
 * Arguments: number of watchers, changes a second, seconds, 1 for small objects instead of pods.
 */

import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { median, percentile } from '../bench-result.ts';
import { ask } from '../targets/ask.ts';
import { startTarget } from '../targets/start-target.ts';
import { type ApiTarget, startApiPair, usageOf } from './api-pair.ts';
import { apiPod } from './api-pod.ts';
import type { ApiWatches, Delivery } from './api-watches-report.ts';
import { ready, report } from './conversation.ts';

type Moments = readonly (readonly [version: number, atMicros: number])[];

const [watchers = 1000, perSecond = 20, seconds = 10, isSmall = 0] = process.argv.slice(2).map(Number);
const smallObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'default' }, data: {} };
const object = isSmall === 1 ? smallObject : apiPod;
const path = `/api/v1/namespaces/default/${isSmall === 1 ? 'configmaps' : 'pods'}`;
const objects = 100;
const warmUpSeconds = 2;
const limitMs = 60_000;

const { ours, floor } = await startApiPair();
await ask(ours.child, 'fill', object, objects);
const line = await oneEvent();
await ready();
report({
  eventBytes: line.length,
  ours: await deliveryOf(ours, [object.kind, objects]),
  floor: await deliveryOf(floor, [line]),
} satisfies ApiWatches);

/** A line of a watch, with `VERSION` for the version. */
async function oneEvent(): Promise<string> {
  const response = await fetch(`${ours.url}${path}?watch=1&timeoutSeconds=1`);
  const [first = ''] = (await response.text()).split('\n');
  return `${first.replace(/"resourceVersion":"\d+"/, '"resourceVersion":"VERSION"')}\n`;
}

async function deliveryOf(target: ApiTarget, how: readonly unknown[]): Promise<Delivery> {
  const { rssBytes: aloneBytes } = await usageOf(target);
  const clients = await startTarget('watchers.mjs', [watchers]);
  // From the last version on: what there is already is not told.
  const list = await (await fetch(`${ours.url}${path}?limit=1`)).text();
  const version = /"resourceVersion":"(\d+)"/.exec(list)?.[1];
  await ask(clients, 'watch', target.url, `${path}?watch=1&resourceVersion=${version}`);
  const { rssBytes: watchedBytes } = await usageOf(target);
  await ask(target.child, 'change', ...how, perSecond, warmUpSeconds);
  await heardAll(clients, perSecond * warmUpSeconds);
  const before = await usageOf(target);
  const told = await ask<Moments>(target.child, 'change', ...how, perSecond, seconds);
  const heard = await heardAll(clients, told.length);
  const after = await usageOf(target);
  clients.kill('SIGKILL');
  const latenciesMs = latencies(told, heard);
  return {
    aloneBytes,
    watchedBytes,
    longestMs: Math.max(...latenciesMs),
    p50Ms: median(latenciesMs),
    p99Ms: percentile(latenciesMs, 99),
    cpuShare: (after.cpuMs - before.cpuMs) / 1000 / seconds,
    after,
  };
}

/** What readers heard, when each of them has heard of every change. */
async function heardAll(clients: ChildProcess, changes: number): Promise<Moments> {
  const readers = Math.ceil(watchers / Math.max(1, Math.floor(watchers / 20)));
  const all: (readonly [number, number])[] = [];
  const beganMs = performance.now();
  while (all.length < readers * changes) {
    if (performance.now() - beganMs > limitMs)
      throw new Error(`${all.length} of ${readers * changes} events came`);
    all.push(...(await ask<{ heard: Moments }>(clients, 'heard')).heard);
    await sleep(100);
  }
  return all;
}

function latencies(told: Moments, heard: Moments): readonly number[] {
  const toldAt = new Map(told);
  return heard.map(([version, atMicros]) => (atMicros - (toldAt.get(version) ?? Number.NaN)) / 1000);
}
