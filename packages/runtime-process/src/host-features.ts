/** What this host lets the agent do. Asked once: a capability of a runtime does not change while it lives. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findCgroups } from './cgroup-layout.ts';
import type { CgroupLayout } from './cgroup-plan.ts';
import type { ResolvedOptions } from './options.ts';

export interface HostFeatures {
  readonly isRoot: boolean;
  /** Mount namespaces can be made, entered, and filled. */
  readonly mounts: boolean;
  /** Users, capabilities and privilege escalation can be set. */
  readonly privileges: boolean;
  /** Terminals can be made (`script` of util-linux) and resized (`stty` of coreutils). */
  readonly terminals: boolean;
  readonly cgroups?: CgroupLayout;
}

const run = promisify(execFile);

/** Mounts made on the host show in the container, those of the container stay in it. */
export const unshareMounts = ['unshare', '--mount', '--propagation', 'slave', '--'] as const;

export async function findHostFeatures(
  { cgroups, mounts }: Pick<ResolvedOptions, 'cgroups' | 'mounts'>,
  agentKey: string,
): Promise<HostFeatures> {
  const isRoot = process.getuid?.() === 0;
  const [canMount, canSetPrivileges, ...terminal] = await Promise.all([
    isRoot && mounts === 'auto' && canMakeMounts(),
    isRoot && works('setpriv', '--no-new-privs', '--bounding-set=-all', '--', 'true'),
    works('script', '--version'),
    works('stty', '--version'),
  ]);
  const layout = cgroups === 'auto' ? findCgroups(agentKey) : undefined;
  return {
    ...{ isRoot, mounts: canMount, privileges: canSetPrivileges, terminals: terminal.every(Boolean) },
    ...(layout && { cgroups: layout }),
  };
}

async function canMakeMounts(): Promise<boolean> {
  const [made, entered] = await Promise.all([
    works(...unshareMounts, '/bin/sh', '-c', 'mount --bind / /'),
    works('nsenter', '--mount=/proc/self/ns/mnt', '--', 'true'),
  ]);
  return made && entered;
}

async function works(program: string, ...args: readonly string[]): Promise<boolean> {
  try {
    await run(program, [...args]);
    return true;
  } catch {
    // Not installed, or not allowed.
    return false;
  }
}
