/** The views of all nodes, fed by one watch of the whole store. */

import type { Clock } from '../contract/clock.ts';
import { MooringError } from '../contract/error.ts';
import type { Logger } from '../contract/logger.ts';
import type { Revision, Store, WatchEvent } from '../contract/store.ts';
import { sleep } from '../engine/abortable.ts';
import { EntryTable } from '../store/entry-table.ts';
import { InformerWaits } from '../store/informer-waits.ts';
import type { WatchLimits } from '../store/watch-hub.ts';
import type { NodePolicy } from './node-policy.ts';
import { NodeView } from './node-view.ts';

export interface NodeViewsOptions {
  readonly store: Store;
  readonly policy: NodePolicy;
  readonly limits: WatchLimits;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

const retryMs = 200;

export class NodeViews {
  private readonly options: NodeViewsOptions;
  private readonly views = new Map<string, NodeView>();
  private readonly waits = new InformerWaits();
  private world = new EntryTable();
  /** Up to where the views are complete; -1 before anything is known. */
  private revision: Revision = -1;

  constructor(options: NodeViewsOptions) {
    this.options = options;
  }

  /** Those that somebody has asked for. */
  get all(): Iterable<NodeView> {
    return this.views.values();
  }

  /** Once it shows everything up to this revision. */
  async of(node: string, atLeast: Revision, signal: AbortSignal): Promise<NodeView> {
    await this.waits.seen(atLeast, this.revision, signal);
    const known = this.views.get(node);
    if (known !== undefined) return known;
    const { policy, limits } = this.options;
    const view = new NodeView(node, { policy, world: this.world, revision: this.revision, limits });
    this.views.set(node, view);
    return view;
  }

  /** Until the signal aborts. */
  async run(): Promise<void> {
    const { store, clock, logger, signal } = this.options;
    while (!signal.aborted) {
      try {
        let isSynced = false;
        for await (const event of store.watch('', { signal })) {
          if (event.type === 'synced') isSynced = true;
          this.take(event, isSynced);
        }
      } catch (err) {
        if (!signal.aborted) logger.warn({ component: 'gateway', err }, 'watch of the store broke');
      }
      this.reset();
      // An abort ends the sleep and the loop.
      await sleep(clock, retryMs, signal).catch(() => {});
    }
  }

  private take(event: WatchEvent, isSynced: boolean): void {
    // Nobody watches events, and they are more than everything else.
    if (event.type !== 'synced' && !event.key.startsWith('events/')) {
      const { key, value, revision } = event;
      if (event.type === 'put') this.world.put({ key, value, revision });
      else this.world.remove(key);
      if (isSynced) for (const view of this.views.values()) view.apply(event);
    }
    if (!isSynced) return;
    this.revision = Math.max(this.revision, event.revision);
    this.waits.reached(this.revision);
  }

  /** What comes next does not continue what was told: whoever watches has to list again. */
  private reset(): void {
    const why = new MooringError('STORE_EXPIRED', 'the gateway begins anew; list again');
    for (const view of this.views.values()) view.close(why);
    this.views.clear();
    this.world = new EntryTable();
    this.revision = -1;
  }
}
