/** A scheduler over a store in memory and on virtual time, with everything that it did written down. */

import type { ApiObject } from '../../src/api/meta.ts';
import type { NodeObject } from '../../src/api/objects.ts';
import type { PodCondition, PodSpec, StoredPod } from '../../src/api/pod.ts';
import { silentLogger } from '../../src/contract/logger.ts';
import type { Store } from '../../src/contract/store.ts';
import { createActorDirectory } from '../../src/engine/directory.ts';
import type { SchedulerSettings } from '../../src/scheduler/pod-scheduler.ts';
import { startScheduler } from '../../src/scheduler/start-scheduler.ts';
import { createInformerSet } from '../../src/store/informer-set.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { createObjectStore, type ObjectStore } from '../../src/store/object-store.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { TestClock } from '../../src/testing/test-clock.ts';
import { type NodeExample, nodeObject, podObject, specOf } from './examples.ts';

export interface SchedulerRigOptions {
  /** Between the scheduler and the object store: faults, counters. */
  readonly objects?: (objects: ObjectStore) => ObjectStore;
  readonly settings?: Partial<SchedulerSettings>;
  /** Several schedulers share them. */
  readonly store?: Store;
  readonly clock?: TestClock;
  readonly seed?: string;
}

export class SchedulerRig implements AsyncDisposable {
  readonly clock: TestClock;
  readonly store: Store;
  /** Straight to the store, past the faults of `options.objects`. */
  readonly objects: ObjectStore;
  /** `web: FailedScheduling: 0/1 nodes are available: ...` */
  readonly events: string[] = [];
  readonly facts: { readonly address: string; readonly type: string; readonly data: object }[] = [];
  readonly errors: unknown[] = [];
  readonly directory = createActorDirectory({ onError: (_, error) => this.errors.push(error) });
  private readonly options: SchedulerRigOptions;
  private readonly random: SeededRandom;
  private readonly controller = new AbortController();
  private stop: () => Promise<void> = async () => {};

  constructor(options: SchedulerRigOptions = {}) {
    this.options = options;
    this.clock = options.clock ?? new TestClock();
    this.store = options.store ?? createMemoryStore();
    this.random = new SeededRandom(options.seed ?? 'scheduler-rig');
    this.objects = createObjectStore({ store: this.store, clock: this.clock, random: this.random });
  }

  async start(): Promise<this> {
    const { clock, directory, random } = this;
    const objects = this.options.objects?.(this.objects) ?? this.objects;
    const { signal } = this.controller;
    this.stop = await startScheduler(
      {
        objects,
        informers: createInformerSet({ objects: this.objects, clock, signal }),
        directory,
        clock,
        random,
        logger: silentLogger,
        recordEvent: (_, { metadata }, { reason, message }) =>
          this.events.push(`${metadata.name}: ${reason}: ${message}`),
        publishFact: (address, type, data) => this.facts.push({ address, type, data }),
        ...(this.options.settings && { settings: this.options.settings }),
      },
      signal,
    );
    await this.settle();
    return this;
  }

  /** Lets everything happen that needs no time. */
  settle(): Promise<void> {
    return this.clock.advanceBy(0);
  }

  async node(name: string, example?: NodeExample): Promise<void> {
    const node = nodeObject(name, example);
    await this.objects.create(node);
    await this.reported(node);
  }

  /** Another version of a node: its spec and labels, and then its status. */
  async changeNode(name: string, example: NodeExample): Promise<void> {
    const node = nodeObject(name, example);
    const { labels = {} } = node.metadata;
    await this.objects.patchWith('Node', undefined, name, (now) => ({
      ...now,
      metadata: { ...now.metadata, labels },
      ...(node.spec && { spec: node.spec }),
    }));
    await this.reported(node);
  }

  private async reported({ metadata: { name = '' }, status }: NodeObject): Promise<void> {
    await this.objects.patchWith('Node', undefined, name, (now) => ({ ...now, ...(status && { status }) }), {
      subresource: 'status',
    });
    await this.settle();
  }

  async pod(name: string, spec: PodSpec = specOf(), owner?: string): Promise<StoredPod> {
    const created = await this.objects.create(
      podObject(name, spec, { ...(owner !== undefined && { owner }) }),
    );
    await this.settle();
    return created as StoredPod;
  }

  async finish(name: string): Promise<void> {
    const end = (now: StoredPod): ApiObject =>
      ({ ...now, status: { ...now.status, phase: 'Succeeded' } }) as ApiObject;
    await this.objects.patchWith('Pod', 'default', name, end, { subresource: 'status' });
    await this.settle();
  }

  async remove(name: string): Promise<void> {
    await this.objects.delete('Pod', 'default', name, { gracePeriodSeconds: 0 });
    await this.settle();
  }

  async nodeOf(name: string): Promise<string | undefined> {
    return (await this.objects.get('Pod', 'default', name))?.spec.nodeName;
  }

  async condition(name: string): Promise<PodCondition | undefined> {
    const pod = await this.objects.get('Pod', 'default', name);
    return pod?.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  }

  async pods(): Promise<readonly StoredPod[]> {
    return (await this.objects.list('Pod')).items;
  }

  async end(): Promise<void> {
    await this.stop();
    this.controller.abort();
    await this.settle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}
