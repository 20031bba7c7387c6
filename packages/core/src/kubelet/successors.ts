/**
 * Tells the runtime which container would follow each running one, so that a restart after a crash need not wait for what
 * can be done ahead. After a relist, for that is when a container has run for a while; once for each instance.
 */

import { allContainers, roleOf } from '../api/pod-containers.ts';
import type { ContainerInfo } from '../contract/container-runtime.ts';
import { errorMessage } from '../contract/error.ts';
import { instanceConfig } from './container/instance-config.ts';
import { effectiveRestartPolicy } from './container/should-restart.ts';
import type { NodeContext, PodRecord } from './node-context.ts';
import { callRuntime } from './runtime-call.ts';

export class Successors {
  private readonly node: NodeContext;
  private readonly crowds: (size: number) => Iterable<readonly ContainerInfo[]>;
  /** The IDs of instances whose successor the runtime was told of. */
  private told: ReadonlySet<string> = new Set();
  private isBusy = false;

  /** `crowds`: all instances of each pod that has more of them than `size`. */
  constructor(node: NodeContext, crowds: (size: number) => Iterable<readonly ContainerInfo[]>) {
    this.node = node;
    this.crowds = crowds;
  }

  /** One after the other: nobody waits for them. Does nothing while the last call is under way. */
  async prepare(signal: AbortSignal): Promise<void> {
    if (this.node.runtime.prepareContainer === undefined || this.isBusy) return;
    this.isBusy = true;
    try {
      const told = new Set<string>();
      for (const crowd of [...this.crowds(0)]) {
        for (const info of crowd) {
          if (info.state !== 'running') continue;
          if (this.told.has(info.id) || (await this.tell(info, signal))) told.add(info.id);
        }
      }
      this.told = told;
    } finally {
      this.isBusy = false;
    }
  }

  /** False when it is to be tried again. */
  private async tell(info: ContainerInfo, signal: AbortSignal): Promise<boolean> {
    const { node } = this;
    const record = node.records.get(info.podUID);
    if (record?.sandbox === undefined || !record.alive.has(info.containerName)) return false;
    const container = successorOf(record, info);
    if (container === undefined) return true;
    try {
      const answer = await instanceConfig(node, record, container, info, signal);
      // Whether it can be made is asked again, and reported, when it is its turn.
      if (!answer.ok || record.sandbox?.id !== answer.config.sandboxID) return false;
      const prepare = async (inner: AbortSignal) => node.runtime.prepareContainer?.(answer.config, inner);
      const what = `preparing container ${answer.config.name}`;
      await callRuntime(node, what, signal, prepare, node.settings.startMsMax);
    } catch (err) {
      signal.throwIfAborted();
      node.logger.warn({ podUID: info.podUID, why: errorMessage(err) }, 'successor not prepared');
    }
    return true;
  }
}

/** The definition that an instance would be restarted from, if it may be. */
function successorOf({ pod }: PodRecord, { containerName }: ContainerInfo) {
  if (pod.metadata.deletionTimestamp !== undefined) return undefined;
  const container = allContainers(pod).find(({ name }) => name === containerName);
  if (container === undefined || roleOf(pod, container) === 'init') return undefined;
  return effectiveRestartPolicy(pod.spec, container) === 'Never' ? undefined : container;
}
