import { describe, expect, it } from 'vitest';
import type { ReplicaSet } from '../../../src/api/workloads.ts';
import { MooringError } from '../../../src/contract/error.ts';
import { newReplicaSetFor } from '../../../src/controller/deployment/new-replica-set.ts';
import { namespaceTerminating } from '../../../src/store/namespace-life.ts';
import type { ObjectStore } from '../../../src/store/object-store.ts';
import { deployment, templateOf } from './builders.ts';
import { DeploymentWorld, running } from './deployment-world.ts';

/** A ReplicaSet that nobody owns. */
function orphan(name: string, image: string, labels = { app: 'web' }): ReplicaSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name, namespace: 'default', labels },
    spec: { replicas: 1, selector: { matchLabels: { app: 'web' } }, template: templateOf(image) },
  };
}

const nameOfWeb = newReplicaSetFor({
  deployment: deployment(),
  newReplicaSet: undefined,
  oldReplicaSets: [],
}).metadata.name;

describe('a Deployment and the ReplicaSets that it did not make', () => {
  it('takes one of nobody with its template for the new one', async () => {
    await using world = await DeploymentWorld.start();
    await world.rig.create(orphan('mine', 'web:1'));
    await world.create({ replicas: 3 });
    await world.pass(5);
    expect(await world.sizes()).toEqual({ 'web:1': 3 });
    expect(world.reasons).toEqual(['FoundNewReplicaSet', 'ReplicaSetUpdated', 'NewReplicaSetAvailable']);
    const [only] = await world.rig.list('ReplicaSet');
    expect(only?.metadata).toMatchObject({
      name: 'mine',
      annotations: { 'deployment.kubernetes.io/revision': '1' },
      ownerReferences: [{ kind: 'Deployment', name: 'web', controller: true }],
    });
  });

  it('empties one of nobody with another template', async () => {
    await using world = await DeploymentWorld.start();
    await world.rig.create(orphan('old', 'web:0'));
    await world.create({ replicas: 2 });
    await world.pass(10);
    expect(await world.sizes()).toEqual({ 'web:0': 0, 'web:1': 2 });
  });

  it('finds one that comes later', async () => {
    await using world = await running({ replicas: 2 });
    await world.rig.create(orphan('late', 'web:0'));
    await world.pass(5);
    expect(await world.sizes()).toEqual({ 'web:0': 0, 'web:1': 2 });
  });

  it('leaves alone what it does not select', async () => {
    await using world = await DeploymentWorld.start();
    await world.rig.create(orphan('other', 'web:0', { app: 'other' }));
    await world.create({ replicas: 2 });
    await world.pass(10);
    expect(await world.sizes()).toEqual({ 'web:0': 1, 'web:1': 2 });
  });

  it('lets go of one whose labels no longer match, and makes another', async () => {
    await using world = await running({ replicas: 1 });
    await world.rig.objects.patchWith('ReplicaSet', 'default', nameOfWeb, (current) => ({
      ...current,
      metadata: { ...current.metadata, labels: { app: 'other' } },
    }));
    await world.pass(10);
    const owners = (await world.rig.list('ReplicaSet')).map(
      ({ metadata }) => metadata.ownerReferences?.length ?? 0,
    );
    expect(owners.sort()).toEqual([0, 1]);
  });

  it('does not fight over them with another one that selects the same', async () => {
    await using world = await running({ replicas: 1 });
    await world.create({ name: 'twin', replicas: 2 });
    await world.pass(10);
    const owners = (await world.rig.list('ReplicaSet')).map(
      ({ metadata, spec }) => `${metadata.ownerReferences?.[0]?.name} ${spec.replicas}`,
    );
    expect(owners.sort()).toEqual(['twin 2', 'web 1']);
  });
});

describe('the name of a new ReplicaSet', () => {
  it('that is taken by a stranger is chosen anew, and the collision counted', async () => {
    await using world = await DeploymentWorld.start();
    await world.rig.create(orphan(nameOfWeb, 'web:0', { app: 'other' }));
    await world.create({ replicas: 1 });
    await world.pass(5);
    expect((await world.deployment()).status?.collisionCount).toBe(1);
    expect((await world.replicaSets())['web:1']?.metadata.name).not.toBe(nameOfWeb);
    expect(await world.progress()).toBe('NewReplicaSetAvailable');
  });

  it('that is taken by its own, because a reply was lost, is no collision', async () => {
    let isLost = true;
    const losesReply = (objects: ObjectStore): ObjectStore => ({
      ...objects,
      async create(object, options) {
        const created = await objects.create(object, options);
        if (object.kind !== 'ReplicaSet' || !isLost) return created;
        isLost = false;
        throw new MooringError('OUTCOME_UNKNOWN', 'no reply');
      },
    });
    await using world = await running({ replicas: 1 }, { rig: { objects: losesReply } });
    expect(await world.sizes()).toEqual({ 'web:1': 1 });
    expect((await world.rig.list('ReplicaSet')).length).toBe(1);
    expect((await world.deployment()).status?.collisionCount).toBeUndefined();
    expect(await world.progress()).toBe('NewReplicaSetAvailable');
  });
});

describe('a ReplicaSet that cannot be created', () => {
  it.each(['INVALID', 'FORBIDDEN'] as const)(
    'is told in the condition and an event, and tried again: %s',
    async (code) => {
      let isRefused = true;
      const refuses = (objects: ObjectStore): ObjectStore => ({
        ...objects,
        async create(object, options) {
          if (object.kind === 'ReplicaSet' && isRefused) throw new MooringError(code, 'no room');
          return await objects.create(object, options);
        },
      });
      await using world = await DeploymentWorld.start({ rig: { objects: refuses } });
      await world.create({ replicas: 1 });
      await world.pass(1);
      const message = `Failed to create new replica set "${nameOfWeb}": no room`;
      expect(await world.condition('Progressing')).toMatchObject({
        status: 'False',
        reason: 'ReplicaSetCreateError',
        message,
      });
      expect(new Set(await world.events())).toEqual(new Set([`ReplicaSetCreateError: ${message}`]));
      isRefused = false;
      await world.pass(10);
      expect(await world.progress()).toBe('NewReplicaSetAvailable');
    },
  );

  it('is tried again 15 times, then after ten minutes', async () => {
    let tries = 0;
    const refuses = (objects: ObjectStore): ObjectStore => ({
      ...objects,
      async create(object, options) {
        if (object.kind !== 'ReplicaSet') return await objects.create(object, options);
        tries += 1;
        throw namespaceTerminating(object, 'default');
      },
    });
    await using world = await DeploymentWorld.start({ rig: { objects: refuses } });
    await world.create({ replicas: 1 });
    await world.pass(600);
    expect(tries).toBe(16);
    await world.pass(600);
    expect(tries).toBe(32);
    expect(await world.condition('Progressing')).toBeUndefined();
  });
});

describe('writes that are overtaken', () => {
  it('are repeated from what is there then', async () => {
    let races = 0;
    const races5 = (objects: ObjectStore): ObjectStore => ({
      ...objects,
      async update(object, signal) {
        const { kind, metadata } = object;
        if (kind === 'ReplicaSet' && races < 5) {
          races += 1;
          await objects.patchWith(kind, metadata.namespace, metadata.name ?? '', (current) => ({
            ...current,
            metadata: {
              ...current.metadata,
              annotations: { ...current.metadata.annotations, race: String(races) },
            },
          }));
        }
        return await objects.update(object, signal);
      },
    });
    await using world = await running({ replicas: 3 }, { rig: { objects: races5 } });
    await world.change({ image: 'web:2' });
    await world.pass(30);
    expect(races).toBe(5);
    expect(await world.sizes()).toEqual({ 'web:1': 0, 'web:2': 3 });
  });
});

describe('a Deployment that selects everything', () => {
  it('is refused with a warning', async () => {
    await using world = await running({ replicas: 1, selector: {} });
    expect(await world.sizes()).toEqual({});
    expect(await world.events()).toContain(
      'SelectingAll: This deployment is selecting all pods. A non-empty selector is required.',
    );
    expect((await world.deployment()).status).toEqual({ observedGeneration: 1 });
  });
});

describe('a Deployment with a selector that cannot be read', () => {
  it('is left alone, and told why', async () => {
    const selector = { matchExpressions: [{ key: 'app', operator: 'Like', values: ['web'] }] };
    await using world = await running({ replicas: 1, selector });
    expect(await world.sizes()).toEqual({});
    expect((await world.events())[0]).toContain(
      'deployment default/web has invalid label selector: spec.selector.matchExpressions[0]',
    );
  });
});

describe('a Deployment that is being deleted', () => {
  it('reports what is there and changes nothing', async () => {
    await using world = await running({ replicas: 2 });
    await world.rig.objects.patchWith('Deployment', 'default', 'web', (current) => ({
      ...current,
      metadata: { ...current.metadata, finalizers: ['example.com/wait'] },
    }));
    await world.rig.objects.delete('Deployment', 'default', 'web');
    await world.change({ image: 'web:2', replicas: 5 });
    await world.pass(10);
    expect(await world.sizes()).toEqual({ 'web:1': 2 });
    expect((await world.deployment()).status).toMatchObject({ updatedReplicas: 0, replicas: 2 });
  });
});
