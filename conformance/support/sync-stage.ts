/** Looks of a controller, one at a time and on command, at a store in memory; every write that it makes is counted. */

import type { ApiObject } from '../../packages/core/src/api/meta.ts';
import type { Controller, ReconcileContext } from '../../packages/core/src/contract/controller.ts';
import { silentLogger } from '../../packages/core/src/contract/logger.ts';
import { WriteLedger } from '../../packages/core/src/controller/write-ledger.ts';
import { controllerOf } from '../../packages/core/src/store/common-indices.ts';
import { createInformerSet, type InformerSet } from '../../packages/core/src/store/informer-set.ts';
import { objectKey } from '../../packages/core/src/store/keys.ts';
import { createMemoryStore } from '../../packages/core/src/store/memory-store.ts';
import { createObjectStore, type ObjectStore } from '../../packages/core/src/store/object-store.ts';
import { SeededRandom } from '../../packages/core/src/testing/seeded-random.ts';
import { TestClock } from '../../packages/core/src/testing/test-clock.ts';

export interface StageFaults {
  /** Calls to create beyond this number are refused. */
  createLimit?: number | null;
  /** Every patch of a pod is refused. */
  patchError?: boolean | null;
  /** What a read past the caches says of every object. */
  liveDeletionTimestamp?: string | null;
}

export interface WriteCounts {
  readonly createCalls: number;
  readonly creates: number;
  readonly deletes: number;
  readonly adoptAttempts: number;
  readonly releaseAttempts: number;
}

/** The time of a vector that tells none. */
export const someTime = '2024-01-01T12:00:00Z';

const none: WriteCounts = { createCalls: 0, creates: 0, deletes: 0, adoptAttempts: 0, releaseAttempts: 0 };

export class SyncStage implements AsyncDisposable {
  readonly clock: TestClock;
  /** Straight to the store, without faults and not counted. */
  readonly objects: ObjectStore;
  readonly informers: InformerSet;
  readonly faults: StageFaults = {};
  counts: WriteCounts = none;
  private readonly random = new SeededRandom('sync-stage');
  private readonly store = createMemoryStore();
  private readonly controller = new AbortController();
  private readonly ledger: WriteLedger;
  private watchGate = Promise.resolve();

  constructor(now: string | null | undefined) {
    this.clock = new TestClock(Date.parse(now ?? someTime));
    const { clock, store, random } = this;
    this.objects = createObjectStore({ store, clock, random });
    const { signal } = this.controller;
    this.informers = createInformerSet({ objects: this.watched(), clock, signal });
    this.ledger = new WriteLedger((kind) => this.informers.of(kind));
  }

  /** The objects exactly as they are given, whatever a store would make of them; what must be there is filled in. */
  async put(objects: readonly ApiObject[]): Promise<void> {
    const creationTimestamp = '2024-01-01T00:00:00Z';
    for (const { metadata, ...object } of objects) {
      const { name = '', uid = name } = metadata;
      const namespace = metadata.namespace || 'default';
      const meta = { creationTimestamp, ...metadata, uid, namespace };
      const filledIn = { spec: { containers: [] }, ...object, metadata: meta };
      await this.store.create(objectKey({ kind: object.kind, namespace, name }), filledIn);
    }
    for (const { kind } of objects) this.informers.of(kind);
    this.informers.of('Pod');
    await this.settle();
  }

  /** Watches of pods tell nothing until the function given back is called. */
  holdWatches(): () => void {
    let release = () => {};
    this.watchGate = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  }

  /** False when the caches have not seen yet what an earlier look at the object wrote: no look is made then. */
  async look(controller: Controller, { kind, metadata }: ApiObject): Promise<boolean> {
    const id = `${kind}/${metadata.name}`;
    if (!this.ledger.isSeen(id)) return false;
    const { clock, random, informers } = this;
    const context: ReconcileContext = {
      clock,
      random,
      logger: silentLogger,
      cache: (name) => informers.of(name),
      objects: this.ledger.recording(id, this.counted()),
      recordEvent: () => {},
      publishFact: () => {},
    };
    const request = { namespace: metadata.namespace ?? 'default', name: metadata.name ?? '' };
    try {
      await controller.reconcile(request, context, this.controller.signal);
    } finally {
      await this.settle();
    }
    return true;
  }

  settle(): Promise<void> {
    return this.clock.advanceBy(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.controller.abort();
    await this.settle();
    await this.store[Symbol.asyncDispose]();
  }

  private count(what: keyof WriteCounts): void {
    this.counts = { ...this.counts, [what]: this.counts[what] + 1 };
  }

  private counted(): ObjectStore {
    const { objects, faults } = this;
    return {
      ...objects,
      get: async (kind, namespace, name, signal) => {
        const live = await objects.get(kind, namespace, name, signal);
        const { liveDeletionTimestamp: deletionTimestamp } = faults;
        if (live === undefined || !deletionTimestamp) return live;
        return { ...live, metadata: { ...live.metadata, deletionTimestamp } };
      },
      create: async (object, options) => {
        this.count('createCalls');
        if (this.counts.createCalls > (faults.createLimit ?? Number.POSITIVE_INFINITY))
          throw new Error('no more creations here');
        const created = await objects.create(object, options);
        this.count('creates');
        return created;
      },
      delete: async (kind, namespace, name, options) => {
        const left = await objects.delete(kind, namespace, name, options);
        this.count('deletes');
        return left;
      },
      patchWith: async (kind, namespace, name, change, options) => {
        const current = await objects.get(kind, namespace, name);
        const wanted = current && change(current);
        if (kind === 'Pod' && current !== undefined && wanted !== undefined)
          this.count(controllerOf(wanted) === undefined ? 'releaseAttempts' : 'adoptAttempts');
        if (faults.patchError === true) throw new Error('no patches here');
        return await objects.patchWith(kind, namespace, name, change, options);
      },
    };
  }

  private watched(): ObjectStore {
    const { objects } = this;
    const gate = () => this.watchGate;
    return {
      ...objects,
      watch: (kind, namespace, options) =>
        (async function* () {
          for await (const event of objects.watch(kind, namespace, options)) {
            if (kind === 'Pod') await gate();
            yield event;
          }
        })(),
    };
  }
}
