/** What the containers of a node use, and how fast: two figures of each, some time apart. */

import type { ContainerUsage } from '../../bus/container-usage.ts';
import type { Clock } from '../../contract/clock.ts';
import type { ContainerInfo, ContainerRuntime, ContainerStats } from '../../contract/container-runtime.ts';
import { MooringError } from '../../contract/error.ts';
import { sleep } from '../../engine/abortable.ts';
import { atATime } from '../../engine/at-a-time.ts';
import { podNameLabel, podNamespaceLabel } from '../container/labels.ts';

export interface UsageMeterPorts {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
}

/** Between two figures, so that the rate means something. */
const windowMsMin = 1000;
/** Older ones say nothing about now. */
const windowMsMax = 120_000;
const callsMax = 16;

type Samples = ReadonlyMap<string, ContainerStats>;

export class UsageMeter {
  private readonly ports: UsageMeterPorts;
  private last: Samples = new Map();

  constructor(ports: UsageMeterPorts) {
    this.ports = ports;
  }

  /** Of every container that runs. Rejects with `RUNTIME_UNSUPPORTED` where nothing is measured. */
  async measure(signal: AbortSignal): Promise<readonly ContainerUsage[]> {
    const { runtime, clock } = this.ports;
    if (runtime.stats === undefined)
      throw new MooringError('RUNTIME_UNSUPPORTED', `runtime "${runtime.name}" measures nothing`);
    const running = (await runtime.listContainers({}, signal)).filter(({ state }) => state === 'running');
    let before = this.last;
    let now = await this.sample(running, signal);
    if ([...now].some(([id, { atMs }]) => !isUsable(before.get(id), atMs))) {
      // Those that are seen for the first time are looked at twice.
      before = new Map([...now, ...[...before].filter(([id, old]) => isUsable(old, now.get(id)?.atMs ?? 0))]);
      await sleep(clock, windowMsMin, signal);
      now = await this.sample(running, signal);
    }
    this.last = now;
    return running.flatMap((info) => usageOf(info, before.get(info.id), now.get(info.id)));
  }

  private async sample(running: readonly ContainerInfo[], signal: AbortSignal): Promise<Samples> {
    const { runtime } = this.ports;
    const samples = new Map<string, ContainerStats>();
    const take = async ({ id }: ContainerInfo) => {
      const stats = await runtime.stats?.(id, signal);
      if (stats !== undefined) samples.set(id, stats);
    };
    // One that cannot be measured, as it has just ended, is left out.
    await atATime(running, callsMax, signal, take, () => {});
    return samples;
  }
}

function isUsable(old: ContainerStats | undefined, nowMs: number): boolean {
  const ageMs = nowMs - (old?.atMs ?? Number.NEGATIVE_INFINITY);
  return ageMs >= windowMsMin && ageMs <= windowMsMax;
}

function usageOf(
  { podUID, containerName, labels }: ContainerInfo,
  before: ContainerStats | undefined,
  now: ContainerStats | undefined,
): readonly ContainerUsage[] {
  if (before === undefined || now === undefined || now.atMs <= before.atMs) return [];
  const windowMs = now.atMs - before.atMs;
  const nanoseconds = Math.max(0, now.cpuNanoseconds - before.cpuNanoseconds);
  return [
    {
      podUID,
      namespace: labels[podNamespaceLabel] ?? '',
      pod: labels[podNameLabel] ?? '',
      container: containerName,
      atMs: now.atMs,
      windowMs,
      cpuNanocores: Math.round((nanoseconds / windowMs) * 1000),
      memoryBytes: now.memoryBytes,
    },
  ];
}
