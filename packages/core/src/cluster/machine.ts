/** What the machine that a node stands for is like. */

import { readFileSync, statfsSync } from 'node:fs';
import { arch, availableParallelism, platform, release, tmpdir, totalmem, type, version } from 'node:os';
import type { ResourceList } from '../api/pod.ts';

/** A node runs so many pods at most, as in Kubernetes. */
const podsMax = 110;

/** `directory`: one on the disk that pods write to. */
export function machineResources(directory: string): ResourceList {
  // The directory itself may be yet to be made.
  const disk = diskBytes(directory) ?? diskBytes(tmpdir());
  return {
    ...{ cpu: String(availableParallelism()), memory: String(totalmem()), pods: String(podsMax) },
    ...(disk !== undefined && { 'ephemeral-storage': String(disk) }),
  };
}

function diskBytes(directory: string): number | undefined {
  try {
    const { blocks, bsize } = statfsSync(directory);
    return blocks * bsize;
  } catch {
    // Nobody knows, and pods that ask for some wait.
    return undefined;
  }
}

export interface MachineFacts {
  /** As Kubernetes spells them, which is as Go does. */
  readonly os: string;
  readonly arch: string;
  readonly kernelVersion: string;
  readonly osImage: string;
  /** Of this run of the kernel; empty where it has none. */
  readonly bootID: string;
}

export function machineFacts(): MachineFacts {
  return {
    os: platform() === 'win32' ? 'windows' : platform(),
    arch: goArchitectures[arch()] ?? arch(),
    kernelVersion: release(),
    osImage: `${type()} ${version()}`,
    bootID: bootID(),
  };
}

function bootID(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    // Not Linux.
    return '';
  }
}

/** So many files may this process have open; no limit is known elsewhere than on Linux. */
export function openFilesMax(): number {
  try {
    const limits = readFileSync('/proc/self/limits', 'latin1');
    return Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

const goArchitectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };
