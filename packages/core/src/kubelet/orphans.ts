/** Things on the node that belong to no pod of this node any more: they go, but never on the word of one look. */

import { errorMessage } from '../contract/error.ts';
import { podUIDLabel } from './container/labels.ts';
import type { NodeContext } from './node-context.ts';
import { callRuntime } from './runtime-call.ts';
import type { RuntimeWatch } from './runtime-watch.ts';
import { stopAtOnce } from './stop-at-once.ts';

/** Two complete lists in a row have to agree. */
const looksNeeded = 2;

export class Orphans {
  private readonly node: NodeContext;
  private readonly seen = new Map<string, number>();
  /** On their way out: a stop that takes longer than a relist is not begun a second time. */
  private readonly leaving = new Set<string>();

  constructor(node: NodeContext) {
    this.node = node;
  }

  /** After a complete list of the runtime and of the store. `watch` shows the pods of which the runtime has anything. */
  async look(watch: Pick<RuntimeWatch, 'eachPodUID'>, signal: AbortSignal): Promise<void> {
    const ofNobody = new Set<string>();
    const note = (podUID: string) => {
      if (!this.node.records.has(podUID)) ofNobody.add(podUID);
    };
    watch.eachPodUID(note);
    for (const podUID of await this.volumes(signal)) note(podUID);
    for (const podUID of this.seen.keys()) if (!ofNobody.has(podUID)) this.seen.delete(podUID);
    const due: string[] = [];
    for (const podUID of ofNobody) {
      const looks = (this.seen.get(podUID) ?? 0) + 1;
      this.seen.set(podUID, looks);
      if (looks >= looksNeeded && !this.leaving.has(podUID)) due.push(podUID);
    }
    // Side by side: one that hangs does not keep the others.
    await Promise.all(due.map((podUID) => this.remove(podUID, signal)));
  }

  /** The name of the node may be another agent's by now, and what nobody knows here may be its. */
  doubt(): void {
    this.seen.clear();
  }

  /** The pods that volumes are kept for: of one that was deleted while no agent ran there may be nothing else. */
  private async volumes(signal: AbortSignal): Promise<readonly string[]> {
    const { node } = this;
    try {
      return await node.volumes.list(signal);
    } catch (err) {
      signal.throwIfAborted();
      node.logger.warn({ why: errorMessage(err) }, 'volumes not listed');
      return [];
    }
  }

  private async remove(podUID: string, signal: AbortSignal): Promise<void> {
    const { node } = this;
    const { runtime } = node;
    this.leaving.add(podUID);
    try {
      const list = (s: AbortSignal) => runtime.listContainers({ [podUIDLabel]: podUID }, s);
      for (const { id } of await callRuntime(node, 'listing containers', signal, list)) {
        await stopAtOnce(node, id, signal);
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
    } finally {
      this.leaving.delete(podUID);
    }
  }
}
