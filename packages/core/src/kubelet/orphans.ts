/** Things in the runtime that belong to no pod of this node any more: they go, but never on the word of one look. */

import { errorMessage } from '../contract/error.ts';
import { stopGraceMinMs } from './container/grace-period.ts';
import { podUIDLabel } from './container/labels.ts';
import type { NodeContext } from './node-context.ts';
import { callRuntime } from './runtime-call.ts';

/** Two complete lists in a row have to agree. */
const looksNeeded = 2;

export class Orphans {
  private readonly node: NodeContext;
  private readonly seen = new Map<string, number>();

  constructor(node: NodeContext) {
    this.node = node;
  }

  /** After a complete list of the runtime and of the store. `found`: pods of which there is anything. */
  async look(found: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    for (const podUID of this.seen.keys()) if (!found.has(podUID)) this.seen.delete(podUID);
    for (const podUID of found) {
      if (this.node.records.has(podUID)) {
        this.seen.delete(podUID);
        continue;
      }
      const looks = (this.seen.get(podUID) ?? 0) + 1;
      this.seen.set(podUID, looks);
      if (looks >= looksNeeded) await this.remove(podUID, signal);
    }
  }

  private async remove(podUID: string, signal: AbortSignal): Promise<void> {
    const { node } = this;
    const { runtime } = node;
    try {
      const list = (s: AbortSignal) => runtime.listContainers({ [podUIDLabel]: podUID }, s);
      for (const { id } of await callRuntime(node, 'listing containers', signal, list)) {
        const stop = (s: AbortSignal) => runtime.stopContainer(id, stopGraceMinMs, s);
        await callRuntime(
          node,
          `stopping container ${id}`,
          signal,
          stop,
          stopGraceMinMs + node.settings.callMsMax,
        );
        await callRuntime(node, `removing container ${id}`, signal, (s) => runtime.removeContainer(id, s));
      }
      for (const sandbox of await callRuntime(node, 'listing sandboxes', signal, (s) =>
        runtime.listSandboxes(s),
      )) {
        if (sandbox.podUID !== podUID) continue;
        await callRuntime(node, `removing sandbox ${sandbox.id}`, signal, (s) =>
          runtime.removeSandbox(sandbox.id, s),
        );
      }
      await node.volumes.teardown(podUID, signal);
      node.logger.info({ podUID }, 'orphaned pod removed');
    } catch (err) {
      signal.throwIfAborted();
      node.logger.warn({ podUID, why: errorMessage(err) }, 'orphaned pod not removed yet');
    }
  }
}
