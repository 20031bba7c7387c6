/** The processes of containers, as this host sees them: whoever started them, and whether or not anybody knows of them. */

import { readdirSync, readFileSync } from 'node:fs';

export interface ContainerProcess {
  readonly pid: number;
  readonly containerID: string;
  readonly podUID: string;
  readonly node: string;
}

/** Those of one stage. What waits to become a container has no ID yet, and is not among them. */
export function containerProcesses(stage: string): readonly ContainerProcess[] {
  const found: ContainerProcess[] = [];
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const variables = environmentOf(pid);
    if (variables.get('CHAOS_STAGE') !== stage) continue;
    const containerID = variables.get('MOORING_CONTAINER_ID') ?? dockerIDOf(pid);
    if (containerID === undefined) continue;
    found.push({
      pid,
      containerID,
      podUID: variables.get('POD_UID') ?? '',
      node: variables.get('NODE') ?? '',
    });
  }
  return found;
}

/** Docker has a control group for each container, and names it so. */
function dockerIDOf(pid: number): string | undefined {
  try {
    return /docker[-/]([0-9a-f]{64})/.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}

function environmentOf(pid: number): ReadonlyMap<string, string> {
  try {
    const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    return new Map(
      entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
    );
  } catch {
    // It has ended meanwhile, or it is a process of the kernel's.
    return new Map();
  }
}
