/** The one store behind all connections: everything that was ever stored is noted in order, with who stored it. */

import {
  createMemoryStore,
  type Revision,
  type Store,
  type StoredPod,
  type StoreEntry,
  type StoreValue,
} from '@mooring/core';
import type { Truth } from './truth.ts';

interface Change {
  readonly key: string;
  readonly revision: Revision;
  /** Absent: it was deleted. */
  readonly value: StoreValue | undefined;
}

interface Sender {
  readonly by: string;
  readonly sentAtMs: number | undefined;
}

/** Changes that may be looked back over. */
const changesMax = 2000;

export class RecordedStore {
  private readonly inner = createMemoryStore();
  readonly truth: Truth;
  /** What is there now, by key. */
  private readonly current = new Map<string, StoreEntry>();
  private readonly changes: Change[] = [];
  /** Of the last write of each user of the store. */
  private readonly ownRevisions = new Map<string, Revision>();
  private revision: Revision = 0;

  constructor(truth: Truth) {
    this.truth = truth;
  }

  /** As it is used by somebody, by calls that are sent at that moment; now, when it is not given. */
  as(by: string, sentAtMs?: number): Store {
    const { inner } = this;
    const sender: Sender = { by, sentAtMs };
    return {
      get: (key, signal) => inner.get(key, signal),
      list: (prefix, signal) => inner.list(prefix, signal),
      watch: (prefix, options) => inner.watch(prefix, options),
      create: (key, value, signal) => this.put(sender, { key, value }, inner.create(key, value, signal)),
      update: (key, value, expected, signal) =>
        this.put(sender, { key, value, expected }, inner.update(key, value, expected, signal)),
      delete: async (key, expected, signal) => {
        await inner.delete(key, expected, signal);
        this.deleted(sender, key, expected);
      },
      async [Symbol.asyncDispose]() {},
    };
  }

  /** All that is there below a prefix. */
  entries(prefix: string): readonly StoreEntry[] {
    return [...this.current.values()].filter(({ key }) => key.startsWith(prefix));
  }

  entry(key: string): StoreEntry | undefined {
    return this.current.get(key);
  }

  /** As it was some changes ago, but not before the last write of whoever asks. */
  past(by: string, back: number): { readonly revision: Revision; readonly entries: readonly StoreEntry[] } {
    const own = this.ownRevisions.get(by) ?? 0;
    const oldest = this.changes[0]?.revision ?? 0;
    const revision = Math.min(Math.max(this.revision - back, own, oldest), this.revision);
    const entries = new Map(this.current);
    for (const change of this.changes.toReversed()) {
      if (change.revision <= revision) break;
      const before = this.changes.findLast((one) => one.key === change.key && one.revision < change.revision);
      if (before?.value === undefined) entries.delete(change.key);
      else entries.set(change.key, { key: change.key, value: before.value, revision: before.revision });
    }
    return { revision, entries: [...entries.values()].sort((a, b) => (a.key < b.key ? -1 : 1)) };
  }

  private async put(
    { by, sentAtMs = this.truth.nowMs() }: Sender,
    { key, value, expected = 0 }: { key: string; value: StoreValue; expected?: Revision },
    write: Promise<Revision>,
  ): Promise<Revision> {
    const revision = await write;
    const before = this.current.get(key);
    this.current.set(key, { key, value, revision });
    this.note(by, { key, value, revision });
    this.truth.wrote({ by, sentAtMs, key, expected, revision, value, before });
    if (isPod(key, value)) this.truth.stored(by, value);
    return revision;
  }

  private deleted(
    { by, sentAtMs = this.truth.nowMs() }: Sender,
    key: string,
    expected: Revision | undefined,
  ): void {
    const before = this.current.get(key);
    if (before === undefined) return;
    this.current.delete(key);
    const revision = this.revision + 1;
    this.note(by, { key, value: undefined, revision });
    const given = expected ?? before.revision;
    this.truth.wrote({ by, sentAtMs, key, expected: given, revision, value: undefined, before });
    if (isPod(key, before.value)) this.truth.removed(by, before.value.metadata.uid);
  }

  private note(by: string, change: Change): void {
    this.revision = change.revision;
    this.ownRevisions.set(by, change.revision);
    this.changes.push(change);
    if (this.changes.length > 2 * changesMax) this.changes.splice(0, changesMax);
  }
}

function isPod(key: string, value: StoreValue): value is StoreValue & StoredPod {
  const { kind, metadata } = value as { readonly kind?: unknown; readonly metadata?: { uid?: unknown } };
  return key.startsWith('pods/') && kind === 'Pod' && metadata?.uid !== undefined;
}
