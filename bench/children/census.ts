/** What a process with many pods, or with many probes, says of itself. */

import { constants, monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Census extends Usage {
  readonly pods: number;
  /** From the first `apply` until every pod was ready. */
  readonly startMs: number;
  readonly startCpuMs: number;
  /** Of everything together, after a garbage collection. */
  readonly heapBytes: number;
  /** Made while it was watched. */
  readonly probes: number;
}

export interface Usage {
  /** Of one core, everything counted: collection of garbage too. */
  readonly cpuShare: number;
  readonly delayP50Ms: number;
  readonly delayP99Ms: number;
  readonly delayMsMax: number;
}

export const probePeriodSeconds = 10;

/** The process needs `--expose-gc`. */
export function collectedHeapBytes(): number {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('start this with --expose-gc');
  gc();
  gc();
  return process.memoryUsage().heapUsed;
}

/**
 * Until V8 has made no large collection for so long. A process that has become idle is tidied up to three times, after
 * 8 s of calm or, where it never is calm enough, after 100 s: what that costs belongs to what was done before.
 */
export async function untilTidied(calmMs: number, limitMs: number): Promise<void> {
  const beganMs = performance.now();
  let lastMs = beganMs;
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { detail } = entry as { readonly detail?: { readonly kind?: number } };
      if (detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR) lastMs = entry.startTime;
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  try {
    while (performance.now() - lastMs < calmMs) {
      if (performance.now() - beganMs > limitMs) throw new Error(`V8 has not come to rest in ${limitMs} ms`);
      await sleep(1000);
    }
  } finally {
    observer.disconnect();
  }
}

/** CPU time in milliseconds since `before`. */
export function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** The share of one core that this process takes over a while. Nothing else is measured meanwhile: that would cost more than an idle process. */
export async function cpuShareOver(seconds: number): Promise<number> {
  const cpuBefore = process.cpuUsage();
  const beganMs = performance.now();
  await sleep(seconds * 1000);
  return cpuMsSince(cpuBefore) / (performance.now() - beganMs);
}

/** CPU time and event-loop delays of this process over a while; looking each 10 ms takes a hundredth of a core itself. */
export async function watched(seconds: number): Promise<Usage> {
  const delays = monitorEventLoopDelay({ resolution: 10 });
  const cpuBefore = process.cpuUsage();
  const beganMs = performance.now();
  delays.enable();
  await sleep(seconds * 1000);
  delays.disable();
  return {
    cpuShare: cpuMsSince(cpuBefore) / (performance.now() - beganMs),
    delayP50Ms: delays.percentile(50) / 1e6,
    delayP99Ms: delays.percentile(99) / 1e6,
    delayMsMax: delays.max / 1e6,
  };
}
