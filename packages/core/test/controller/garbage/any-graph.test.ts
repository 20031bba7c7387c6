/**
 * Whatever is created, changed and deleted in whatever order, and however late the caches are: nothing that has only dead
 * owners remains, nothing that has a living one is deleted, and nothing that was deleted is kept for ever.
 */

import { expect, it } from 'vitest';
import { fc } from '../../../../../test/support/fast-check.ts';
import type { OwnerReference } from '../../../src/api/meta.ts';
import type { PropagationPolicy } from '../../../src/contract/object-store.ts';
import { garbageController } from '../../../src/controller/garbage/garbage-controller.ts';
import { waitsForDependents } from '../../../src/controller/garbage/owner-graph.ts';
import { sleep } from '../../../src/engine/abortable.ts';
import type { ObjectStore } from '../../../src/store/object-store.ts';
import { SeededRandom } from '../../../src/testing/seeded-random.ts';
import { TestClock } from '../../../src/testing/test-clock.ts';
import { GarbageRig, objectOf, ownerOf, type Stored } from './owned-objects.ts';

const kinds = ['ConfigMap', 'Secret', 'ReplicaSet'] as const;
const namesPerKind = 2;

interface Target {
  readonly kind: (typeof kinds)[number];
  readonly name: string;
}

type Step =
  | { readonly do: 'create' | 'own'; readonly what: Target; readonly owners: readonly Owner[] }
  | { readonly do: 'delete'; readonly what: Target; readonly policy: PropagationPolicy }
  | { readonly do: 'wait'; readonly ms: number };

interface Owner {
  /** One of all that were ever created, preferably one that lives. */
  readonly index: number;
  readonly isDead: boolean;
  readonly blocks: boolean;
}

const target: fc.Arbitrary<Target> = fc.record({
  kind: fc.constantFrom(...kinds),
  name: fc.nat(namesPerKind - 1).map((i) => `n${i}`),
});
const owners = fc.array(
  fc.record({
    index: fc.nat(20),
    isDead: fc.nat(9).map((n) => n === 0),
    blocks: fc.nat(3).map((n) => n > 0),
  }),
  { maxLength: 2 },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fc.record({ do: fc.constant('create' as const), what: target, owners }), weight: 4 },
  { arbitrary: fc.record({ do: fc.constant('own' as const), what: target, owners }), weight: 4 },
  {
    arbitrary: fc.record({
      do: fc.constant('delete' as const),
      what: target,
      policy: fc.constantFrom<PropagationPolicy>('Background', 'Foreground', 'Orphan'),
    }),
    weight: 3,
  },
  { arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(2000) }), weight: 2 },
);

/** Each watch tells of things up to a second late, in its own time, and breaks off now and then. */
function late(clock: TestClock, seed: number): (objects: ObjectStore) => ObjectStore {
  const random = new SeededRandom(`late-${seed}`);
  return (objects) => ({
    ...objects,
    watch: (kind, namespace, options) =>
      (async function* () {
        for await (const event of objects.watch(kind, namespace, options)) {
          if (random.next() < 0.5) await sleep(clock, random.next() * 1000, options.signal);
          if (event.type !== 'synced' && random.next() < 0.05) throw new Error('the watch broke off');
          yield event;
        }
      })(),
  });
}

/** Notes each deletion by the collector that costs an object with a living owner, or with none at all. */
function watchDeletions(wrong: string[]): (objects: ObjectStore) => ObjectStore {
  return (objects) => ({
    ...objects,
    delete: async (kind, namespace, name, options = {}) => {
      const current = await objects.get(kind, namespace, name);
      if (current?.metadata.resourceVersion === options.resourceVersion) {
        const { ownerReferences = [] } = current?.metadata ?? {};
        const alive = await aliveOf(objects, ownerReferences);
        if (ownerReferences.length === 0 || alive.some((owner) => !waitsForDependents(owner)))
          wrong.push(`${kind}/${name} was deleted`);
      }
      return await objects.delete(kind, namespace, name, options);
    },
  });
}

async function aliveOf(
  objects: ObjectStore,
  references: readonly OwnerReference[],
): Promise<readonly Stored[]> {
  const found: Stored[] = [];
  for (const { kind, name, uid } of references) {
    const owner = await objects.get(kind, 'default', name);
    if (owner?.metadata.uid === uid) found.push(owner);
  }
  return found;
}

class Story {
  private readonly created: Stored[] = [];
  private readonly rig: GarbageRig;

  constructor(rig: GarbageRig) {
    this.rig = rig;
  }

  async play(step: Step): Promise<void> {
    const { objects, clock } = this.rig;
    if (step.do === 'wait') return await clock.advanceBy(step.ms);
    const { kind, name } = step.what;
    const exists = (await objects.get(kind, 'default', name)) !== undefined;
    if (step.do === 'create' && !exists) {
      const metadata = { ownerReferences: await this.references(step.owners) };
      this.created.push((await objects.create(objectOf(kind, name, metadata))) as Stored);
    } else if (step.do === 'own' && exists) {
      const ownerReferences = await this.references(step.owners);
      await objects.patchWith(kind, 'default', name, (current) => ({
        ...current,
        metadata: { ...current.metadata, ownerReferences },
      }));
    } else if (step.do === 'delete' && exists) {
      await objects.delete(kind, 'default', name, { propagationPolicy: step.policy });
    }
    await clock.advanceBy(0);
  }

  private async references(owners: readonly Owner[]): Promise<readonly OwnerReference[]> {
    const alive = await aliveOf(
      this.rig.objects,
      this.created.map((object) => ownerOf(object)),
    );
    return owners.flatMap(({ index, isDead, blocks }) => {
      const candidates = isDead ? this.created : alive;
      const owner = candidates[index % candidates.length];
      return owner === undefined ? [] : [ownerOf(owner, { blockOwnerDeletion: blocks })];
    });
  }
}

it('holds for any graph of owners', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.array(step, { minLength: 5, maxLength: 40 }), async (seed, steps) => {
      const clock = new TestClock();
      const wrong: string[] = [];
      const options = { clock, watched: late(clock, seed), objects: watchDeletions(wrong) };
      await using rig = new GarbageRig(options);
      const starting = rig.start(garbageController());
      await clock.advanceBy(60_000);
      await starting;
      const story = new Story(rig);
      for (const one of steps) await story.play(one);
      await clock.advanceBy(3_600_000);
      expect(wrong).toEqual([]);
      for (const kind of kinds)
        for (const { metadata } of await rig.list(kind)) {
          const { name, ownerReferences = [], deletionTimestamp } = metadata;
          expect(`${kind}/${name} ${deletionTimestamp}`).toBe(`${kind}/${name} undefined`);
          const alive = await aliveOf(rig.objects, ownerReferences);
          expect(`${kind}/${name} ${alive.length}`).not.toBe(
            ownerReferences.length > 0 && `${kind}/${name} 0`,
          );
        }
      expect(rig.hosts[0]?.actors).toBe(0);
      expect(rig.errors).toEqual([]);
    }),
    { numRuns: 200 },
  );
}, 120_000);
