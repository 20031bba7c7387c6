/** Both controllers over a store in memory, and what stands between them and it. */

import type { ObjectOf } from '../../../src/api/known-kinds.ts';
import { MooringError } from '../../../src/contract/error.ts';
import type { ObjectStore } from '../../../src/contract/object-store.ts';
import {
  replicaSetController,
  replicationControllerController,
} from '../../../src/controller/replication/pod-set-controllers.ts';
import { ControllerRig, type ControllerRigOptions } from '../controller-rig.ts';
import { podLife } from './sets.ts';

export async function scene(options: ControllerRigOptions = {}) {
  const rig = new ControllerRig(options);
  await rig.start(replicaSetController(), replicationControllerController());
  return { rig, life: podLife(rig), [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose]() };
}

export async function scale(rig: ControllerRig, replicas: number, name = 'web'): Promise<void> {
  await rig.objects.patchWith('ReplicaSet', 'default', name, (current) => ({
    ...current,
    spec: { ...current.spec, replicas },
  }));
  await rig.settle();
}

export const setOf = (rig: ControllerRig, name = 'web') => rig.objects.get('ReplicaSet', 'default', name);
export const statusOf = async (rig: ControllerRig, name = 'web') => (await setOf(rig, name))?.status;
export const namesOf = (pods: readonly ObjectOf<'Pod'>[]) => pods.map(({ metadata }) => metadata.name);
export const ownersOf = (one: ObjectOf<'Pod'> | undefined) =>
  one?.metadata.ownerReferences?.map(({ kind, name }) => `${kind}/${name}`) ?? [];

/** Counts calls to create pods that run at the same time, and refuses those for which there is no room. */
export function countedCreates(room: () => number = () => Number.POSITIVE_INFINITY) {
  const batches: number[] = [];
  let [running, created] = [0, 0];
  const objects = (inner: ObjectStore): ObjectStore => ({
    ...inner,
    async create(object, options) {
      if (object.kind !== 'Pod') return await inner.create(object, options);
      running += 1;
      await Promise.resolve();
      if (running > 0) batches.push(running);
      running = 0;
      if (created >= room()) throw new MooringError('FORBIDDEN', 'pods is forbidden: exceeded quota: pods');
      created += 1;
      return await inner.create(object, options);
    },
  });
  return { objects, batches };
}

/** Watches of pods that tell of changes only while nobody holds them. */
export function heldWatches() {
  let release = () => {};
  let gate = Promise.resolve();
  const watched = (inner: ObjectStore): ObjectStore => ({
    ...inner,
    watch: (kind, namespace, options) =>
      (async function* () {
        for await (const event of inner.watch(kind, namespace, options)) {
          if (kind === 'Pod') await gate;
          yield event;
        }
      })(),
  });
  const hold = () => {
    gate = new Promise((resolve) => {
      release = resolve;
    });
  };
  return { watched, hold, release: () => release() };
}
