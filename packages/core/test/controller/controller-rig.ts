/** Controllers over a store in memory and on virtual time, with everything that they did written down. */

import type { ApiObject } from '../../src/api/meta.ts';
import type { Controller } from '../../src/contract/controller.ts';
import { type Logger, silentLogger } from '../../src/contract/logger.ts';
import type { Store } from '../../src/contract/store.ts';
import {
  type ControllerHost,
  declareIndices,
  startController,
} from '../../src/controller/controller-host.ts';
import { createActorDirectory } from '../../src/engine/directory.ts';
import { createInformerSet, type InformerSet } from '../../src/store/informer-set.ts';
import type { ObjectOf } from '../../src/store/keys.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { createObjectStore, type ObjectStore } from '../../src/store/object-store.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

export interface RigEvent {
  readonly component: string;
  /** `ReplicaSet/web` */
  readonly about: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

export interface ControllerRigOptions {
  /** Between the controllers and the object store: faults, counters. */
  readonly objects?: (objects: ObjectStore) => ObjectStore;
  /** Between the caches and the object store: slow watches. */
  readonly watched?: (objects: ObjectStore) => ObjectStore;
  readonly store?: Store;
  readonly clock?: TestClock;
  readonly logger?: Logger;
}

export class ControllerRig implements AsyncDisposable {
  readonly clock: TestClock;
  /** For another rig that takes the place of this one. */
  readonly store: Store;
  /** Straight to the store, past the faults of `options.objects`. */
  readonly objects: ObjectStore;
  readonly informers: InformerSet;
  readonly events: RigEvent[] = [];
  readonly facts: { readonly address: string; readonly type: string; readonly data: object }[] = [];
  readonly errors: { readonly address: string; readonly error: unknown }[] = [];
  readonly hosts: ControllerHost[] = [];
  private readonly random = new SeededRandom('controller-rig');
  private readonly controller = new AbortController();
  private readonly options: ControllerRigOptions;
  private readonly directory = createActorDirectory({
    onError: (address, error) => this.errors.push({ address, error }),
  });

  constructor(options: ControllerRigOptions = {}) {
    this.options = options;
    this.clock = options.clock ?? new TestClock();
    this.store = options.store ?? createMemoryStore();
    const { store } = this;
    this.objects = createObjectStore({ store, clock: this.clock, random: this.random });
    const { signal } = this.controller;
    const watched = options.watched?.(this.objects) ?? this.objects;
    this.informers = createInformerSet({ objects: watched, clock: this.clock, signal });
  }

  /** Starts the controllers and lets them come to rest. */
  async start(...controllers: readonly Controller[]): Promise<this> {
    for (const controller of controllers) declareIndices(controller, this.informers);
    const { clock, informers, directory, random } = this;
    const objects = this.options.objects?.(this.objects) ?? this.objects;
    for (const controller of controllers) {
      const host = await startController(
        {
          controller,
          objects,
          informers,
          directory,
          clock,
          random,
          logger: this.options.logger ?? silentLogger,
          recordEvent: (component, { kind, metadata }, event) =>
            this.events.push({ component, about: `${kind}/${metadata.name}`, ...event }),
          publishFact: (address, type, data) => this.facts.push({ address, type, data }),
        },
        this.controller.signal,
      );
      this.hosts.push(host);
    }
    await this.settle();
    return this;
  }

  /** Lets everything happen that needs no time. */
  settle(): Promise<void> {
    return this.clock.advanceBy(0);
  }

  async create<T extends ApiObject>(object: T): Promise<T> {
    const created = await this.objects.create(object);
    await this.settle();
    return created;
  }

  async list<K extends string>(kind: K): Promise<readonly ObjectOf<K>[]> {
    return (await this.objects.list(kind)).items;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const host of this.hosts) host.stop();
    this.controller.abort();
    await this.settle();
  }
}
