/** What a process and its descendants take, leaving out those that are only kept alive by it. */

import { readdirSync, readFileSync } from 'node:fs';

export interface Usage {
  /** Proportional: what several processes share is divided among them. */
  readonly pssBytes: number;
  readonly cpuSeconds: number;
  readonly processes: number;
}

const ticksPerSecond = 100;

/** Those whose command line begins with `keptProgram` are not counted. */
export function usageOfTree(root: number, keptProgram: string): Usage {
  let [pssBytes, cpuSeconds, processes] = [0, 0, 0];
  for (const pid of [root, ...descendants(root)]) {
    const command = read(pid, 'cmdline').split('\0')[0] ?? '';
    if (command === '' || command.endsWith(keptProgram)) continue;
    const pss = /^Pss:\s+(\d+) kB/m.exec(read(pid, 'smaps_rollup'))?.[1];
    if (pss === undefined) continue;
    pssBytes += Number(pss) * 1024;
    processes += 1;
    const fields = statFields(pid);
    cpuSeconds += (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  }
  return { pssBytes, cpuSeconds, processes };
}

export function descendants(root: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const parent = Number(statFields(pid)[1]);
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const found: number[] = [];
  for (
    let next = children.get(root) ?? [];
    next.length > 0;
    next = next.flatMap((pid) => children.get(pid) ?? [])
  )
    found.push(...next);
  return found;
}

/** The fields behind the name, which may have spaces in it: state, parent, ... */
function statFields(pid: number): readonly string[] {
  const stat = read(pid, 'stat');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // It has ended meanwhile.
    return '';
  }
}
