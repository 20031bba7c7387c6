/**
 * What one node may see of the store, kept up to date: a pod that is bound to it comes, with everything that it refers to,
 * and goes with it. An object that comes into view has the revision of the change that brought it there.
 */

import type { Revision, StoreEntry, WatchEvent, WatchOptions } from '../contract/store.ts';
import { LruMap } from '../engine/lru-map.ts';
import { EntryTable } from '../store/entry-table.ts';
import { type StoreChange, WatchHub, type WatchLimits } from '../store/watch-hub.ts';
import type { NodePolicy } from './node-policy.ts';
import { podReferences } from './pod-references.ts';

/** Pods that are gone, of which there may still be something to say. */
const goneMax = 1024;

export class NodeView {
  readonly node: string;
  private readonly policy: NodePolicy;
  private readonly world: EntryTable;
  private readonly table = new EntryTable();
  private readonly hub: WatchHub;
  private revision: Revision;
  /** How many pods need each key. */
  private readonly needed = new Map<string, number>();
  private readonly references = new Map<string, ReadonlySet<string>>();
  private readonly pods = new Map<string, string>();
  private readonly gone = new LruMap<string, true>(goneMax);

  /** `world`: all objects, kept up to date by the caller before each `apply`. */
  constructor(
    node: string,
    {
      policy,
      world,
      revision,
      limits,
    }: {
      readonly policy: NodePolicy;
      readonly world: EntryTable;
      readonly revision: Revision;
      readonly limits: WatchLimits;
    },
  ) {
    this.node = node;
    this.policy = policy;
    this.world = world;
    this.revision = revision;
    this.hub = new WatchHub(limits, revision);
    for (const entry of world.list('pods/')) this.refer(entry.key, entry);
    for (const entry of world.list('')) this.show(entry.key, entry, undefined);
  }

  /** UIDs of its pods. */
  get podUIDs(): Iterable<string> {
    return this.pods.keys();
  }

  isOwnPod(uid: string): boolean {
    return this.pods.has(uid) || this.gone.get(uid) === true;
  }

  mayRead({ key, value }: StoreEntry): boolean {
    return this.policy.mayRead(this.node, key, value, (other) => this.needed.has(other));
  }

  get(key: string): StoreEntry | undefined {
    return this.table.get(key);
  }

  list(prefix: string): { readonly entries: readonly StoreEntry[]; readonly revision: Revision } {
    return { entries: this.table.list(prefix), revision: this.revision };
  }

  watch(prefix: string, options: WatchOptions): AsyncIterable<WatchEvent> {
    const start = { list: (below: string) => this.table.list(below), revision: this.revision };
    return this.hub.watch(prefix, options, start);
  }

  apply({ type, key, value, revision }: StoreChange): void {
    this.revision = revision;
    const entry = type === 'put' ? { key, value, revision } : undefined;
    if (key.startsWith('pods/'))
      for (const other of this.refer(key, entry)) this.show(other, this.world.get(other), revision);
    this.show(key, entry, revision);
  }

  close(error: Parameters<WatchHub['close']>[0]): void {
    this.hub.close(error);
  }

  /** Notes what a pod needs now. Gives back the keys that it did not need before, or needs no more. */
  private refer(key: string, pod: StoreEntry | undefined): readonly string[] {
    const before = this.references.get(key) ?? new Set();
    const isVisible = pod !== undefined && this.policy.mayRead(this.node, key, pod.value, () => false);
    if (!isVisible && before.size === 0) return [];
    const now = isVisible ? podReferences(pod.value) : new Set<string>();
    if (isVisible) this.references.set(key, now);
    else this.references.delete(key);
    const added = [...now].filter((other) => !before.has(other));
    const removed = [...before].filter((other) => !now.has(other));
    for (const other of added) this.needed.set(other, (this.needed.get(other) ?? 0) + 1);
    for (const other of removed) {
      const count = (this.needed.get(other) ?? 1) - 1;
      if (count > 0) this.needed.set(other, count);
      else this.needed.delete(other);
    }
    return [...added, ...removed];
  }

  /** `revision` is absent while the view is made, when nobody watches. */
  private show(key: string, entry: StoreEntry | undefined, revision: Revision | undefined): void {
    const known = this.table.get(key);
    if (entry !== undefined && this.mayRead(entry)) {
      if (known?.value === entry.value) return;
      const shown = { key, value: entry.value, revision: Math.max(entry.revision, revision ?? 0) };
      if (known !== undefined) this.forgetPod(known);
      this.rememberPod(shown);
      this.table.put(shown);
      if (revision !== undefined) this.hub.publish({ type: 'put', ...shown });
      return;
    }
    if (known === undefined || revision === undefined) return;
    this.forgetPod(known);
    this.table.remove(key);
    this.hub.publish({ type: 'delete', key, value: known.value, revision });
  }

  private rememberPod({ key, value }: StoreEntry): void {
    if (key.startsWith('pods/')) this.pods.set(uidOf(value), key);
  }

  private forgetPod({ key, value }: StoreEntry): void {
    if (!key.startsWith('pods/')) return;
    this.pods.delete(uidOf(value));
    this.gone.set(uidOf(value), true);
  }
}

function uidOf(value: object): string {
  const { metadata } = value as { readonly metadata?: { readonly uid?: unknown } | null };
  return typeof metadata?.uid === 'string' ? metadata.uid : '';
}
