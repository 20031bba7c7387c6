/** Numbers that belong together: how soon a lost node is noticed, how long its pods stay, and who stops them. */

import { defaultNodeLifecycle, type NodeLifecycleSettings } from '../controller/node-lifecycle/settings.ts';
import { defaultPodGC, type PodGCSettings } from '../controller/pod-gc/settings.ts';
import { defaultHeartbeat, type HeartbeatSettings } from '../kubelet/node/wire-heartbeat.ts';
import type { TolerationSeconds } from './default-tolerations.ts';
import type { ClusterOptions, NodeOptions, Preset } from './options.ts';

interface Numbers {
  readonly heartbeat: HeartbeatSettings;
  readonly nodeLifecycle: NodeLifecycleSettings;
  readonly podGC: PodGCSettings;
  readonly tolerationSeconds: Required<TolerationSeconds>;
  /** Agents stop their pods when they cannot be heard. */
  readonly fences: boolean;
}

const presets: Readonly<Record<Preset, Numbers>> = {
  kubernetes: {
    heartbeat: defaultHeartbeat,
    nodeLifecycle: defaultNodeLifecycle,
    podGC: defaultPodGC,
    tolerationSeconds: { notReady: 300, unreachable: 300 },
    fences: false,
  },
  small: {
    heartbeat: { leaseMs: 8000, renewMs: 2000, statusMs: 2000, reportMs: 300_000 },
    nodeLifecycle: {
      ...defaultNodeLifecycle,
      monitorPeriodMs: 1000,
      graceMs: 12_000,
      startupGraceMs: 20_000,
      // Two nodes of three may well go together, with the host that they run on.
      evictionRate: 1,
      secondaryEvictionRate: 0.1,
    },
    podGC: { ...defaultPodGC, periodMs: 5000, quarantineMs: 10_000, finishesFencedPods: true },
    tolerationSeconds: { notReady: 10, unreachable: 10 },
    fences: true,
  },
};

type Given = Pick<ClusterOptions, 'preset' | 'controllers' | 'tolerationSeconds'>;

/** The numbers of the preset, with those that are given in their place. */
export function nodeLifecycleOf({ preset = 'kubernetes', controllers }: Given): NodeLifecycleSettings {
  const given = controllers === false ? undefined : controllers?.nodeLifecycle;
  return over(presets[preset].nodeLifecycle, given);
}

export function podGCOf(options: Given): PodGCSettings {
  const { preset = 'kubernetes', controllers } = options;
  const given = controllers === false ? undefined : controllers?.podGC;
  return { ...over(presets[preset].podGC, given), nodeGraceMs: nodeLifecycleOf(options).graceMs };
}

export function tolerationSecondsOf({ preset = 'kubernetes', tolerationSeconds }: Given) {
  return over(presets[preset].tolerationSeconds, tolerationSeconds);
}

export function heartbeatOf(
  { heartbeat }: Pick<NodeOptions, 'heartbeat'>,
  { preset = 'kubernetes' }: Given,
): HeartbeatSettings {
  const numbers = over(presets[preset].heartbeat, heartbeat);
  // Who changes the length of a lease only means that of its quarters too.
  const isQuarter = heartbeat?.leaseMs !== undefined && heartbeat.renewMs === undefined;
  return isQuarter ? { ...numbers, renewMs: numbers.leaseMs / 4 } : numbers;
}

/** When the node may be given up, for an agent that stops its pods before; `undefined`: it does not. */
export function fencedAfterMsOf(
  { fencing }: Pick<NodeOptions, 'fencing'>,
  cluster: Given,
): number | undefined {
  const { preset = 'kubernetes' } = cluster;
  if (fencing === false || (fencing === undefined && !presets[preset].fences)) return undefined;
  const given = typeof fencing === 'object' ? fencing.afterMs : undefined;
  return given ?? nodeLifecycleOf(cluster).graceMs;
}

/** What is given as `undefined` is not given. */
function over<T extends object>(numbers: T, given: { readonly [K in keyof T]?: T[K] | undefined } = {}): T {
  const known = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...numbers, ...Object.fromEntries(known) };
}
