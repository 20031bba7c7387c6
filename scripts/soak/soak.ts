/** A whole cluster in real time, and whether anything of it grows. */

import {
  type Cluster,
  createCluster,
  createInProcessBus,
  createMemoryStore,
  type Plugin,
  sleep,
  systemClock,
} from '@mooring/core';
import { nats } from '@mooring/core/nats';
import { exits, fakeRuntime, runsForever } from '@mooring/runtime-fake';
import { processRuntime } from '@mooring/runtime-process';
import {
  allowances,
  type Gauged,
  type GaugeName,
  gaugeNames,
  type Reading,
  read,
  seriesOf,
} from './gauges.ts';
import { isFlat, type Trend, trendOf } from './trend.ts';
import { type Counts, Workload } from './workload.ts';

export interface SoakOptions {
  readonly seconds: number;
  /** Deeds in a second. */
  readonly rate: number;
  readonly runtime: 'fake' | 'process';
  /** Where a NATS server is; everything is in this process when not given. */
  readonly servers?: string | undefined;
  say(line: string): void;
}

export interface SoakResult {
  readonly counts: Counts;
  readonly trends: readonly { readonly gauge: GaugeName; readonly trend: Trend; readonly isFlat: boolean }[];
}

/** Of the time, for caches to fill and code to be compiled. */
const warmUpShare = 0.3;
const readings = 40;
/** Fewer show no trend: a slow machine goes on until it has them. */
const readingsMin = 5;

export async function soak(options: SoakOptions): Promise<SoakResult> {
  const { seconds, rate, say } = options;
  const { cluster, gauged } = await open(options);
  const taken: (readonly [number, Reading])[] = [];
  const workload = new Workload(cluster);
  try {
    await workload.begin();
    const beganMs = systemClock.monotonicMs();
    const endMs = beganMs + seconds * 1000;
    const everyMs = (seconds * 1000 * (1 - warmUpShare)) / readings;
    let nextReadingMs = beganMs + seconds * 1000 * warmUpShare;
    const isOver = () => systemClock.monotonicMs() >= endMs && taken.length >= readingsMin;
    for (let turn = 1; !isOver(); turn += 1) {
      await workload.step();
      // When the last one should have been done by now, not so long after it: a slow machine does them faster then.
      await sleep(systemClock, Math.max(0, beganMs + (turn * 1000) / rate - systemClock.monotonicMs()));
      if (systemClock.monotonicMs() < nextReadingMs) continue;
      nextReadingMs += everyMs;
      const reading = await read(gauged);
      taken.push([systemClock.monotonicMs() - beganMs, reading]);
      say(lineOf(taken.length, reading));
    }
  } finally {
    await cluster.close();
  }
  return { counts: workload.counts, trends: judge(taken) };
}

function judge(taken: readonly (readonly [number, Reading])[]): SoakResult['trends'] {
  const minutes = ((taken.at(-1)?.[0] ?? 0) - (taken[0]?.[0] ?? 0)) / 60_000;
  return gaugeNames.flatMap((gauge) => {
    const series = seriesOf(gauge, taken);
    if (series.length < 3) return [];
    const trend = trendOf(series);
    return [{ gauge, trend, isFlat: isFlat(trend, allowances[gauge], minutes) }];
  });
}

async function open({ runtime, servers }: SoakOptions): Promise<{ cluster: Cluster; gauged: Gauged }> {
  const shared = {
    plugins: [runtimeOf(runtime)],
    nodes: ['a', 'b', 'c'].map((name) => ({ name, crashLoop: { initialMs: 1000, maxMs: 1000 } })),
    // Events are kept for an hour: for a run that is shorter they would only grow.
    eventTtlMs: 5000,
    preset: 'small' as const,
  };
  if (servers !== undefined) {
    const transport = nats({ servers, install: { bytesMax: 64 * 1024 * 1024 } });
    return {
      cluster: await createCluster({ ...shared, transport }),
      gauged: { store: undefined, bus: undefined },
    };
  }
  const store = createMemoryStore();
  const bus = createInProcessBus({ clock: systemClock });
  return { cluster: await createCluster({ ...shared, store, bus }), gauged: { store, bus } };
}

function runtimeOf(runtime: SoakOptions['runtime']): Plugin {
  if (runtime === 'process')
    return processRuntime({ images: { web: ['sleep', '3600'], crashing: ['sleep', '2'] } });
  return fakeRuntime({ images: { web: { run: runsForever }, crashing: { run: exits(1, 1500) } } });
}

function lineOf(count: number, reading: Reading): string {
  const { heap = 0, ...others } = reading;
  const words = Object.entries(others).map(([name, value]) => `${name} ${value}`);
  return `${String(count).padStart(2)}: heap ${(heap / 1024 / 1024).toFixed(1)} MiB, ${words.join(', ')}`;
}
