/** From what containers use to the objects of the group. Pure. */

import type { ApiObject, ContainerUsage } from '@mooring/core';
import { usageGroup, usageVersion } from './usage-resources.ts';

const apiVersion = `${usageGroup}/${usageVersion}`;

/** All that runs in its pods: what the host uses beside them is not counted. */
export function nodeMetrics(
  { metadata }: ApiObject,
  usage: readonly ContainerUsage[],
  nowMs: number,
): object {
  const { name, labels, creationTimestamp } = metadata;
  return {
    kind: 'NodeMetrics',
    apiVersion,
    metadata: { name, labels, creationTimestamp },
    ...figuresOf(usage, nowMs),
  };
}

export function podMetrics({ metadata }: ApiObject, usage: readonly ContainerUsage[], nowMs: number): object {
  const { name, namespace, labels, creationTimestamp } = metadata;
  const { timestamp, window } = figuresOf(usage, nowMs);
  return {
    ...{ kind: 'PodMetrics', apiVersion, metadata: { name, namespace, labels, creationTimestamp } },
    ...{ timestamp, window },
    containers: usage.map((one) => ({ name: one.container, usage: quantitiesOf([one]) })),
  };
}

export function metricsList(kind: string, items: readonly object[]): object {
  return { kind: `${kind}List`, apiVersion, metadata: {}, items };
}

/** The oldest time and the longest window of all. */
function figuresOf(usage: readonly ContainerUsage[], nowMs: number) {
  const atMs = Math.min(nowMs, ...usage.map((one) => one.atMs));
  const windowMs = Math.max(0, ...usage.map((one) => one.windowMs));
  return {
    timestamp: `${new Date(atMs).toISOString().slice(0, 19)}Z`,
    window: `${(windowMs / 1000).toFixed(3)}s`,
    usage: quantitiesOf(usage),
  };
}

function quantitiesOf(usage: readonly ContainerUsage[]): { readonly cpu: string; readonly memory: string } {
  const sum = (figure: (one: ContainerUsage) => number) =>
    usage.reduce((total, one) => total + figure(one), 0);
  return {
    cpu: `${Math.round(sum((one) => one.cpuNanocores))}n`,
    memory: `${Math.ceil(sum((one) => one.memoryBytes) / 1024)}Ki`,
  };
}
