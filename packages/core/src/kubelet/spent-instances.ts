/**
 * Dead instances that nobody asks about any more. One is kept beside the newest of each container, for `lastState` and
 * the previous log, as the kubelet's own collector does. They go after a relist and not at the restart that makes them
 * superfluous, which would have to wait for it.
 */

import type { ContainerInfo } from '../contract/container-runtime.ts';
import type { NodeContext, PodRecord } from './node-context.ts';
import { newestFirst } from './pod/observation.ts';
import { removeInstance } from './remove-instance.ts';

/** Of each container: the newest, and one dead one. */
const kept = 2;

export class SpentInstances {
  private readonly node: NodeContext;
  private readonly crowds: (size: number) => Iterable<readonly ContainerInfo[]>;
  private isBusy = false;

  /** `crowds`: all instances of each pod that has more of them than `size`. */
  constructor(node: NodeContext, crowds: (size: number) => Iterable<readonly ContainerInfo[]>) {
    this.node = node;
    this.crowds = crowds;
  }

  /** Removes them from all pods of this node. Does nothing while the last removal is under way. */
  async remove(signal: AbortSignal): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    try {
      for (const crowd of this.crowds(kept)) {
        for (const info of spentInstances(crowd)) {
          const record = this.node.records.get(info.podUID);
          // What belongs to no pod goes another way.
          if (record !== undefined) await this.removeOne(record, info, signal);
        }
      }
    } finally {
      this.isBusy = false;
    }
  }

  private async removeOne(
    record: PodRecord,
    { id, podUID }: ContainerInfo,
    signal: AbortSignal,
  ): Promise<void> {
    const { node } = this;
    try {
      await removeInstance(node, record, { id }, signal);
    } catch (err) {
      signal.throwIfAborted();
      // A dead instance too many does no harm until the next relist.
      node.logger.warn({ podUID, err }, 'dead container not removed');
    }
  }
}

/** Those of a pod that are dead and older than the ones that are kept. */
export function spentInstances(instances: readonly ContainerInfo[]): readonly ContainerInfo[] {
  const spent: ContainerInfo[] = [];
  for (const name of new Set(instances.map(({ containerName }) => containerName))) {
    const own = instances.filter(({ containerName }) => containerName === name).sort(newestFirst);
    spent.push(...own.slice(kept).filter(({ state }) => state === 'exited'));
  }
  return spent;
}
