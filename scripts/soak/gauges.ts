/** What must not grow while a cluster does the same over and over. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { InProcessBus, Store } from '@mooring/core';
import type { Allowance, Sample } from './trend.ts';

export const gaugeNames = ['heap', 'handles', 'listeners', 'subscriptions', 'objects'] as const;
export type GaugeName = (typeof gaugeNames)[number];

const mebibyte = 1024 * 1024;

/**
 * A cluster at a steady rate has so many pods, give or take a few: a count may gain ten over a run and none for each hour. The
 * heap holds caches that fill up to their bounds (events, logs, write ledgers) and code that is compiled late: 8 MiB; what it
 * may gain for each hour is what the soak of a release allows.
 */
export const allowances: Readonly<Record<GaugeName, Allowance>> = {
  heap: { total: 8 * mebibyte, perHour: mebibyte },
  handles: { total: 10, perHour: 0 },
  listeners: { total: 10, perHour: 0 },
  subscriptions: { total: 10, perHour: 0 },
  objects: { total: 40, perHour: 0 },
};

export interface Gauged {
  readonly store: Store | undefined;
  readonly bus: InProcessBus | undefined;
}

export type Reading = Readonly<Partial<Record<GaugeName, number>>>;

export async function read({ store, bus }: Gauged): Promise<Reading> {
  collectGarbage();
  const objects = store === undefined ? undefined : (await store.list('')).entries.length;
  return {
    heap: process.memoryUsage().heapUsed,
    handles: process.getActiveResourcesInfo().filter((name) => name !== 'Timeout').length,
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    ...(bus !== undefined && { subscriptions: bus.stats().subscriptions }),
    ...(objects !== undefined && { objects }),
  };
}

export function seriesOf(
  name: GaugeName,
  readings: readonly (readonly [number, Reading])[],
): readonly Sample[] {
  return readings.flatMap(([atMs, reading]) => {
    const value = reading[name];
    return value === undefined ? [] : [{ atMs, value }];
  });
}

/** Only what is in use is measured. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('gc');
  if (typeof gc === 'function') gc();
}
