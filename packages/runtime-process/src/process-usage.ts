/** What processes use, as the kernel tells it in `/proc`. */

import { readFile } from 'node:fs/promises';

export interface Usage {
  /** Of the processes, and of their children that have ended and were waited for. */
  readonly cpuNanoseconds: number;
  readonly memoryBytes: number;
}

/** On every Linux that Node runs on: `sysconf(_SC_CLK_TCK)` is 100. */
const nanosecondsPerTick = 1e7;

/** Of all of them together. One that ends meanwhile counts no more. */
export async function usageOf(pids: Iterable<number>): Promise<Usage> {
  const all = await Promise.all([...pids].map(usageOfOne));
  return {
    cpuNanoseconds: all.reduce((sum, { cpuNanoseconds }) => sum + cpuNanoseconds, 0),
    memoryBytes: all.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
  };
}

async function usageOfOne(pid: number): Promise<Usage> {
  try {
    const [stat, status] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'latin1'),
      readFile(`/proc/${pid}/status`, 'latin1'),
    ]);
    return { cpuNanoseconds: ticksIn(stat) * nanosecondsPerTick, memoryBytes: residentIn(status) };
  } catch {
    // It has ended.
    return { cpuNanoseconds: 0, memoryBytes: 0 };
  }
}

/** Fields 14 to 17: in user mode and in the kernel, its own and its children's. */
function ticksIn(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
}

/** What it has in memory that is its own. */
function residentIn(status: string): number {
  const kibibytes = /^RssAnon:\s+(\d+) kB$/m.exec(status) ?? /^VmRSS:\s+(\d+) kB$/m.exec(status);
  return Number(kibibytes?.[1] ?? 0) * 1024;
}
