import { describe, expect, it } from 'vitest';
import { fc } from '../../../../test/support/fast-check.ts';
import type { StoredPod } from '../../src/api/pod.ts';
import { amountsOf, podRequests } from '../../src/api/pod-requests.ts';
import { hasCode } from '../../src/contract/error.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import type { ObjectStore } from '../../src/store/object-store.ts';
import { TestClock } from '../../src/testing/test-clock.ts';
import { container, specOf } from './examples.ts';
import { SchedulerRig } from './scheduler-rig.ts';

type Step =
  | {
      readonly do: 'create';
      readonly cpu: number;
      readonly memory: number;
      readonly port: number;
      readonly priority: number;
    }
  | { readonly do: 'delete' | 'finish'; readonly pick: number }
  | { readonly do: 'cordon' | 'uncordon' | 'shrink' | 'grow'; readonly pick: number }
  | { readonly do: 'join'; readonly cpu: number }
  | { readonly do: 'pass'; readonly ms: number };

const pick = fc.nat(30);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('create' as const),
      cpu: fc.integer({ min: 0, max: 3 }),
      memory: fc.integer({ min: 0, max: 3 }),
      port: fc.integer({ min: 0, max: 2 }),
      priority: fc.integer({ min: 0, max: 2 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('delete' as const, 'finish' as const), pick }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('cordon' as const, 'uncordon' as const, 'shrink' as const, 'grow' as const),
      pick,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('join' as const), cpu: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 5000 }) }),
  },
);

const isLiving = ({ status }: StoredPod) => status?.phase !== 'Succeeded';
const portsOf = ({ spec }: StoredPod) =>
  spec.containers.flatMap(({ ports = [] }) => ports.map(({ hostPort }) => hostPort ?? 0));

const bindMs = 50;

/** A cluster to which things happen, and what must hold of it. */
class World {
  readonly rig: SchedulerRig = new SchedulerRig({ objects: (objects) => this.slow(objects) });
  private readonly cpuOf = new Map<string, number>();
  private readonly cordoned = new Set<string>();
  private count = 0;
  private binding = 0;
  private bindings = 0;

  async join(cpu: number): Promise<void> {
    const name = `n${this.cpuOf.size}`;
    this.cpuOf.set(name, cpu);
    await this.rig.node(name, { allocatable: this.allocatable(name) });
  }

  async apply(now: Step): Promise<void> {
    const { rig } = this;
    if (now.do === 'join') return await this.join(now.cpu);
    if (now.do === 'pass') return await rig.clock.advanceBy(now.ms);
    if (now.do === 'create') return await this.create(now);
    if (now.do === 'delete' || now.do === 'finish') {
      const pods = (await rig.pods()).filter(isLiving);
      const name = pods[now.pick % pods.length]?.metadata.name;
      if (name !== undefined) await (now.do === 'delete' ? rig.remove(name) : rig.finish(name));
      return;
    }
    const name = `n${now.pick % this.cpuOf.size}`;
    if (now.do === 'cordon') this.cordoned.add(name);
    if (now.do === 'uncordon') this.cordoned.delete(name);
    if (now.do === 'grow') this.cpuOf.set(name, (this.cpuOf.get(name) ?? 0) + 1);
    if (now.do === 'shrink') await this.shrink(name);
    await rig.changeNode(name, {
      allocatable: this.allocatable(name),
      unschedulable: this.cordoned.has(name),
    });
  }

  /** Nothing is given twice. */
  async checkRoom(): Promise<void> {
    for (const name of this.cpuOf.keys()) {
      const pods = await this.podsOn(name);
      const ports = pods.flatMap(portsOf);
      expect(new Set(ports).size).toBe(ports.length);
      expect(pods.length).toBeLessThanOrEqual(5);
      for (const [resource, has] of amountsOf(this.allocatable(name)))
        if (resource !== 'pods') expect(await this.used(name, resource)).toBeLessThanOrEqual(has);
    }
  }

  /** Nobody waits for what is there. */
  async checkProgress(): Promise<void> {
    const waiting = (await this.rig.pods()).filter((pod) => isLiving(pod) && !pod.spec.nodeName);
    for (const pod of waiting) {
      expect(await this.rig.condition(pod.metadata.name)).toMatchObject({ status: 'False' });
      for (const name of this.cpuOf.keys()) expect(await this.couldTake(name, pod)).toBe(false);
    }
  }

  /** A node gives nothing away that pods have already, or are about to get. */
  private async shrink(name: string): Promise<void> {
    expect(await this.rig.clock.advanceUntil(() => this.binding === 0, 60_000)).toBe(true);
    const cpu = Math.max(await this.used(name, 'cpu'), (this.cpuOf.get(name) ?? 0) * 1000 - 1000);
    this.cpuOf.set(name, cpu / 1000);
  }

  /** A store that takes its time over bindings, and refuses one now and then. */
  private slow(objects: ObjectStore): ObjectStore {
    return {
      ...objects,
      bind: async (binding, signal) => {
        this.binding += 1;
        this.bindings += 1;
        const isRefused = this.bindings % 7 === 0;
        await new Promise<void>((resolve) => this.rig.clock.setTimeout(resolve, bindMs));
        this.binding -= 1;
        if (isRefused) throw new Error('the store is ill');
        return await objects.bind(binding, signal);
      },
    };
  }

  private async couldTake(name: string, pod: StoredPod): Promise<boolean> {
    const pods = await this.podsOn(name);
    if (this.cordoned.has(name) || pods.length >= 5) return false;
    const taken = new Set(pods.flatMap(portsOf));
    if (portsOf(pod).some((port) => taken.has(port))) return false;
    const has = amountsOf(this.allocatable(name));
    for (const [resource, amount] of podRequests(pod.spec))
      if (amount > 0 && (await this.used(name, resource)) + amount > (has.get(resource) ?? 0)) return false;
    return true;
  }

  private async create({ cpu, memory, port, priority }: Step & { readonly do: 'create' }): Promise<void> {
    this.count += 1;
    const ports = port === 0 ? [] : [{ containerPort: 80, hostPort: 8000 + port }];
    const main = container({ cpu: String(cpu), memory: `${memory}Gi` }, { ports });
    await this.rig.pod(`p${this.count}`, { containers: [main], priority }, `set-${this.count % 3}`);
  }

  private allocatable(name: string) {
    return { cpu: String(this.cpuOf.get(name) ?? 0), memory: '4Gi', pods: '5' };
  }

  private async podsOn(name: string): Promise<readonly StoredPod[]> {
    return (await this.rig.pods()).filter((pod) => isLiving(pod) && pod.spec.nodeName === name);
  }

  private async used(name: string, resource: string): Promise<number> {
    const pods = await this.podsOn(name);
    return pods.reduce((sum, { spec }) => sum + (podRequests(spec).get(resource) ?? 0), 0);
  }
}

describe('whatever happens to a cluster', () => {
  it('no node is given away twice, and nobody waits for what is there', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const world = new World();
        await world.join(3);
        await world.join(2);
        await using _ = await world.rig.start();
        for (const now of steps) {
          await world.apply(now);
          await world.checkRoom();
        }
        // The longest back-off is over, and the safety net has not been needed.
        await world.rig.clock.advanceBy(11_000);
        await world.checkRoom();
        await world.checkProgress();
        expect(world.rig.errors).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

describe('two schedulers over one store', () => {
  it('bind every pod, and each pod once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(20), { minLength: 1, maxLength: 30 }),
        fc.integer(),
        async (pausesMs, seed) => {
          const clock = new TestClock();
          const store = createMemoryStore();
          const won = new Map<string, string>();
          let lost = 0;
          /** Every binding takes a while, so that the other scheduler may come between. */
          const slow = (objects: ObjectStore): ObjectStore => ({
            ...objects,
            async bind(binding, signal) {
              await new Promise<void>((resolve) => clock.setTimeout(resolve, 5 + (binding.name.length % 7)));
              try {
                const bound = await objects.bind(binding, signal);
                expect(won.has(bound.metadata.uid)).toBe(false);
                won.set(bound.metadata.uid, binding.nodeName);
                return bound;
              } catch (error) {
                if (hasCode(error, 'CONFLICT')) lost += 1;
                throw error;
              }
            },
          });
          const shared = { clock, store, objects: slow };
          await using one = await new SchedulerRig({ ...shared, seed: `one-${seed}` }).start();
          await using two = await new SchedulerRig({ ...shared, seed: `two-${seed}` }).start();
          for (const name of ['a', 'b', 'c']) await one.node(name);
          for (const [i, pauseMs] of pausesMs.entries()) {
            await one.pod(`p${i}`, specOf({ cpu: '10m' }));
            await clock.advanceBy(pauseMs);
          }
          await clock.advanceBy(20_000);
          const pods = await one.pods();
          for (const { metadata, spec } of pods) expect(spec.nodeName).toBe(won.get(metadata.uid));
          expect(won.size).toBe(pods.length);
          expect(lost).toBe(pods.length);
          const lines = [...one.events, ...two.events];
          expect(lines.filter((line) => line.includes('Successfully assigned'))).toHaveLength(pods.length);
          expect(lines).toHaveLength(pods.length);
        },
      ),
      { numRuns: 20 },
    );
  });
});
