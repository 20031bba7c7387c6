/** Resource limits as files of control groups, version 1 and 2. */

import { milliUnits, parseQuantity, type ResourceRequirements, wholeUnits } from '@mooring/core';
import type { CgroupPlan } from './supervisor-protocol.ts';

/** Where groups for this agent can be made; a controller that is absent cannot be used. */
export interface CgroupLayout {
  readonly version: 1 | 2;
  readonly memoryDir?: string;
  /** The kernel limits swap as well. */
  readonly hasSwapLimit: boolean;
  readonly cpuDir?: string;
}

/** Length of an accounting period of the scheduler; Kubernetes uses the same. */
const cpuPeriodUs = 100_000;
/** The least that the kernel takes. */
const cpuQuotaUsMin = 1_000;

/** The groups that a container with these limits needs: none when it has no limit that can be enforced. */
export function planCgroups(
  layout: CgroupLayout,
  { limits = {} }: ResourceRequirements,
): readonly CgroupPlan[] {
  const memoryBytes = layout.memoryDir === undefined ? undefined : bytesOf(limits['memory']);
  const cpuMilli = layout.cpuDir === undefined ? undefined : milliOf(limits['cpu']);
  const memory = memoryBytes === undefined ? [] : memoryFiles(layout, memoryBytes);
  const cpu = cpuMilli === undefined ? [] : cpuFiles(layout, cpuMilli);
  const { memoryDir = '', cpuDir = '' } = layout;
  if (layout.version === 2) {
    const files = [...memory, ...cpu];
    if (files.length === 0) return [];
    const oom = memoryBytes === undefined ? {} : { oomFile: 'memory.events' };
    return [{ parent: memoryDir || cpuDir, files, ...oom }];
  }
  return [
    ...(memory.length === 0 ? [] : [{ parent: memoryDir, files: memory, oomFile: 'memory.oom_control' }]),
    ...(cpu.length === 0 ? [] : [{ parent: cpuDir, files: cpu }]),
  ];
}

/** A limit of 0 means none, as in Kubernetes. */
function bytesOf(value: string | number | undefined): bigint | undefined {
  const quantity = value === undefined ? undefined : parseQuantity(value);
  return quantity === undefined || quantity.nanos <= 0n ? undefined : wholeUnits(quantity);
}

function milliOf(value: string | number | undefined): bigint | undefined {
  const quantity = value === undefined ? undefined : parseQuantity(value);
  return quantity === undefined || quantity.nanos <= 0n ? undefined : milliUnits(quantity);
}

/** Swap would only put the end off, so it is closed where the kernel lets us. */
function memoryFiles(layout: CgroupLayout, bytes: bigint): CgroupPlan['files'] {
  const limit = String(bytes);
  if (layout.version === 2)
    return [
      ['memory.max', limit],
      // One victim ends the container: the default of Kubernetes on version 2.
      ['memory.oom.group', '1'],
      ...(layout.hasSwapLimit ? ([['memory.swap.max', '0']] as const) : []),
    ];
  return [
    ['memory.limit_in_bytes', limit],
    ...(layout.hasSwapLimit ? ([['memory.memsw.limit_in_bytes', limit]] as const) : []),
  ];
}

function cpuFiles({ version }: CgroupLayout, milli: bigint): CgroupPlan['files'] {
  const quotaUs = Math.max(cpuQuotaUsMin, (Number(milli) * cpuPeriodUs) / 1000);
  if (version === 2) return [['cpu.max', `${quotaUs} ${cpuPeriodUs}`]];
  return [
    ['cpu.cfs_period_us', String(cpuPeriodUs)],
    ['cpu.cfs_quota_us', String(quotaUs)],
  ];
}
