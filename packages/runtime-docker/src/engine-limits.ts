/** Resources of a container in the engine's numbers, as kubelets reckon them. Pure. */

import { milliUnits, parseQuantity, type ResourceRequirements, wholeUnits } from '@mooring/core';
import type { HostConfig } from 'dockerode';

/** Length of an accounting period of the scheduler in microseconds; Kubernetes uses the same. */
const cpuPeriodUs = 100_000;
/** The least that the kernel takes. */
const cpuQuotaUsMin = 1_000;
const cpuSharesMin = 2;
const cpuSharesMax = 262_144;
const sharesPerCPU = 1_024;

export function engineLimits({ limits = {}, requests = {} }: ResourceRequirements): HostConfig {
  const bytes = amountOf(limits['memory'], wholeUnits);
  const milli = amountOf(limits['cpu'], milliUnits);
  const wantedMilli = amountOf(requests['cpu'], milliUnits) ?? milli ?? 0;
  const shares = Math.floor((wantedMilli * sharesPerCPU) / 1000);
  return {
    // As much with swap as without: swap would only put the end off.
    ...(bytes !== undefined && { Memory: bytes, MemorySwap: bytes }),
    ...(milli !== undefined && {
      CpuPeriod: cpuPeriodUs,
      CpuQuota: Math.max(cpuQuotaUsMin, Math.floor((milli * cpuPeriodUs) / 1000)),
    }),
    CpuShares: Math.min(cpuSharesMax, Math.max(cpuSharesMin, shares)),
  };
}

type Unit = typeof wholeUnits;

/** A limit of 0 means none, as in Kubernetes. */
function amountOf(value: string | number | undefined, unit: Unit): number | undefined {
  const quantity = value === undefined ? undefined : parseQuantity(value);
  return quantity === undefined || quantity.nanos <= 0n ? undefined : Number(unit(quantity));
}
