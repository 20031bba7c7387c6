/** What holds whatever happens: sets with overlapping selectors, and a world that changes under slow watches. */

import { expect, it } from 'vitest';
import { fc } from '../../../../../test/support/fast-check.ts';
import type { ObjectStore } from '../../../src/contract/object-store.ts';
import { isActive } from '../../../src/controller/replication/pod-activity.ts';
import {
  replicaSetController,
  replicationControllerController,
} from '../../../src/controller/replication/pod-set-controllers.ts';
import { sleep } from '../../../src/engine/abortable.ts';
import { controllerOf } from '../../../src/store/common-indices.ts';
import { TestClock } from '../../../src/testing/test-clock.ts';
import { ControllerRig } from '../controller-rig.ts';
import { pod, podLife, replicaSet, replicationController } from './sets.ts';

const burst = 3;
const sets = ['ReplicaSet/one', 'ReplicaSet/two', 'ReplicationController/three'] as const;

/** Which pod is meant is decided when the step is taken. */
type Step =
  | { readonly do: 'scale'; readonly set: number; readonly replicas: number }
  | { readonly do: 'add'; readonly isMatching: boolean }
  | { readonly do: 'relabel' | 'delete' | 'kill' | 'ready' | 'fail'; readonly pod: number }
  | { readonly do: 'wait'; readonly ms: number };

const stepOf: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('scale' as const), set: fc.nat(2), replicas: fc.nat(7) }),
  fc.record({ do: fc.constant('add' as const), isMatching: fc.boolean() }),
  fc.record({
    do: fc.constantFrom(
      'relabel' as const,
      'delete' as const,
      'kill' as const,
      'ready' as const,
      'fail' as const,
    ),
    pod: fc.nat(30),
  }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.nat(200) }),
);

/** Watches of pods tell of each change so much later. */
function lateWatches(clock: TestClock, delaysMs: readonly number[]): (inner: ObjectStore) => ObjectStore {
  let events = 0;
  return (inner) => ({
    ...inner,
    watch: (kind, namespace, options) =>
      (async function* () {
        for await (const event of inner.watch(kind, namespace, options)) {
          const delayMs = delaysMs[events++ % delaysMs.length] ?? 0;
          if (kind === 'Pod' && event.type !== 'synced') await sleep(clock, delayMs, options.signal);
          yield event;
        }
      })(),
  });
}

async function take(step: Step, rig: ControllerRig, life: ReturnType<typeof podLife>): Promise<void> {
  if (step.do === 'wait') return await rig.clock.advanceBy(step.ms);
  if (step.do === 'scale') return await setSize(rig, step.set, step.replicas);
  if (step.do === 'add') {
    await rig.create({
      ...pod('x', { app: step.isMatching ? 'web' : 'x' }),
      metadata: { generateName: 'x-', namespace: 'default', labels: { app: step.isMatching ? 'web' : 'x' } },
    });
    return;
  }
  const pods = await rig.list('Pod');
  const chosen = pods[step.pod % Math.max(pods.length, 1)];
  if (chosen === undefined) return;
  const { name, labels } = chosen.metadata;
  if (step.do === 'relabel') await life.relabel(name, { app: labels?.['app'] === 'web' ? 'x' : 'web' });
  if (step.do === 'delete') await life.delete(name);
  if (step.do === 'kill') await life.delete(name, 0);
  if (!isActive(chosen)) return;
  if (step.do === 'fail') await life.fail(name);
  if (step.do !== 'ready') return;
  await life.run(name);
  await life.makeReady(name);
}

async function setSize(rig: ControllerRig, set: number, replicas: number): Promise<void> {
  const [kind, name] = (sets[set] ?? sets[0]).split('/') as ['ReplicaSet', string];
  await rig.objects.patchWith(kind, 'default', name, (current) => ({
    ...current,
    spec: { ...current.spec, replicas },
  }));
  await rig.settle();
}

it('every set comes to have what it wants, in small steps, and never takes a pod from another', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(stepOf, { minLength: 5, maxLength: 40 }),
      fc.array(fc.nat(100), { minLength: 1, maxLength: 7 }),
      async (steps, delaysMs) => {
        const clock = new TestClock();
        const owners = new Map<string, string>();
        const problems: string[] = [];
        await using rig = new ControllerRig({ clock, watched: lateWatches(clock, delaysMs) });
        const watching = new AbortController();
        const watched = (async () => {
          for await (const event of rig.objects.watch('Pod', undefined, { signal: watching.signal })) {
            if (event.type !== 'put') continue;
            const owner = controllerOf(event.object)?.uid ?? '';
            const before = owners.get(event.object.metadata.uid) ?? '';
            if (before !== '' && owner !== '' && owner !== before)
              problems.push(`${before} lost a pod to ${owner}`);
            owners.set(event.object.metadata.uid, owner);
          }
        })();
        const noBackOff = { initialMs: 0, maxMs: 0, keptMax: 100 };
        const options = { burst, failureBackOff: noBackOff };
        await rig.start(replicaSetController(options), replicationControllerController(options));
        const life = podLife(rig);
        for (const name of ['one', 'two']) await rig.create(replicaSet({ replicas: 2 }, name));
        await rig.create(replicationController({ replicas: 2 }, 'three'));
        for (const step of steps) await take(step, rig, life);
        await clock.advanceBy(60_000);

        for (const name of sets) {
          const [kind, setName] = name.split('/') as ['ReplicaSet', string];
          const set = await rig.objects.get(kind, 'default', setName);
          const active = await life.active(name);
          expect(active.length, name).toBe(set?.spec.replicas);
          expect(set?.status?.replicas, `status of ${name}`).toBe(set?.spec.replicas);
          expect(active.every(({ metadata }) => metadata.labels?.['app'] === 'web')).toBe(true);
        }
        for (const { type, data } of rig.facts) {
          if (!type.endsWith('.scaled')) continue;
          const { from, to, wanted } = data as { from: number; to: number; wanted: number };
          expect(Math.abs(to - from)).toBeLessThanOrEqual(burst);
          // Never past what is wanted, from either side.
          expect(from < wanted ? to <= wanted : to >= wanted).toBe(true);
        }
        watching.abort();
        await watched.catch(() => {});
        expect(problems).toEqual([]);
        expect(rig.errors).toEqual([]);
      },
    ),
    { numRuns: 60 },
  );
}, 60_000);
