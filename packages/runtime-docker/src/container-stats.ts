/** What the engine measures of a container. Pure. */

import type { ContainerStats } from '@mooring/core';

interface EngineStats {
  readonly read?: string;
  readonly cpu_stats?: { readonly cpu_usage?: { readonly total_usage?: number } };
  readonly memory_stats?: { readonly usage?: number; readonly stats?: Readonly<Record<string, number>> };
}

/** `undefined` for a container that does not run: of those the engine says nothing. */
export function containerStats(measured: EngineStats): ContainerStats | undefined {
  const { read = '', cpu_stats: cpu, memory_stats: memory } = measured;
  const atMs = Date.parse(read);
  const usage = memory?.usage;
  // The year 1 stands for never.
  if (!(atMs > 0) || usage === undefined) return undefined;
  // By the first version of control groups, and by the second.
  const unused = memory?.stats?.['total_inactive_file'] ?? memory?.stats?.['inactive_file'] ?? 0;
  const cpuNanoseconds = cpu?.cpu_usage?.total_usage ?? 0;
  return { atMs, cpuNanoseconds, memoryBytes: Math.max(0, usage - unused) };
}
