/** What controllers do otherwise than those of Kubernetes, on purpose, and is tested nowhere else (`docs/differences.md`). */

import { describe, expect, it } from 'vitest';
import type { Lease, NodeObject } from '../../src/api/objects.ts';
import { MooringError } from '../../src/contract/error.ts';
import type { ObjectStore } from '../../src/contract/object-store.ts';
import type { PodSet } from '../../src/controller/replication/pod-set.ts';
import { selects } from '../../src/controller/replication/pod-set.ts';
import { DeploymentWorld } from './deployment/deployment-world.ts';
import { NodesScene } from './node-lifecycle/nodes-scene.ts';
import { scale, scene } from './replication/scene.ts';
import { replicaSet, replicationController } from './replication/sets.ts';

describe('a set of pods', () => {
  it.each([
    { ...replicaSet(), spec: { ...replicaSet().spec, selector: {} } },
    { ...replicationController(), spec: { ...replicationController().spec, selector: {} } },
  ])('whose selector is empty selects nothing: $kind', (set) => {
    expect(selects(set as PodSet, {})).toBe(false);
    expect(selects(set as PodSet, { app: 'web' })).toBe(false);
  });

  it('deletes the pod that it means, and not one of the same name made anew', async () => {
    let isReplaced = false;
    const replacing = (inner: ObjectStore): ObjectStore => ({
      ...inner,
      delete: async (kind, namespace, name, options) => {
        const pod = await inner.get('Pod', 'default', name);
        if (pod !== undefined && !isReplaced) {
          isReplaced = true;
          await inner.delete('Pod', 'default', name, { gracePeriodSeconds: 0 });
          await inner.create({
            apiVersion: 'v1',
            kind: 'Pod',
            metadata: { name, namespace: 'default' },
            spec: pod.spec,
          });
        }
        return await inner.delete(kind, namespace, name, options);
      },
    });
    await using stage = await scene({ objects: replacing });
    await stage.rig.create(replicaSet({ replicas: 1 }));
    await scale(stage.rig, 0);
    const [stranger, ...others] = await stage.rig.list('Pod');
    expect(others).toEqual([]);
    expect(stranger?.metadata.deletionTimestamp).toBeUndefined();
    expect(isReplaced).toBe(true);
  });
});

describe('a rolling update', () => {
  it('goes on after writes that failed while the old ReplicaSet shrank', async () => {
    let failuresLeft = 0;
    const failing = (inner: ObjectStore): ObjectStore => ({
      ...inner,
      update: async (object, signal) => {
        if (object.kind === 'ReplicaSet' && failuresLeft > 0 && isOld(object)) {
          failuresLeft -= 1;
          throw new MooringError('DEADLINE_EXCEEDED', 'no answer');
        }
        return await inner.update(object, signal);
      },
    });
    await using world = await DeploymentWorld.start({ rig: { objects: failing } });
    await world.create({ replicas: 2 });
    await world.pass(10);
    failuresLeft = 5;
    await world.change({ image: 'web:2' });
    await world.pass(60);
    expect(failuresLeft).toBe(0);
    expect(await world.sizes()).toEqual({ 'web:1': 0, 'web:2': 2 });
  });
});

const isOld = (object: object) => JSON.stringify(object).includes('"image":"web:1"');

describe('a node', () => {
  it('that became Unknown is tainted by the same pass', async () => {
    await using stage = await new NodesScene().start();
    await stage.addNodes(3);
    await stage.pass(10);
    stage.silence('n1');
    await stage.pass(120);
    expect(stage.seen('n1 ready Unknown')).toBeGreaterThan(0);
    expect(stage.seen('n1 unreachable:NoExecute')).toBe(stage.seen('n1 ready Unknown'));
  });

  it('whose clock is set back is not taken for lost', async () => {
    await using stage = await new NodesScene().start();
    await stage.addNodes(2);
    await stage.pass(30);
    stage.setBack('n1', 600);
    await stage.pass(300);
    expect(stage.seen('n1 ready Unknown')).toBeUndefined();
    stage.silence('n1');
    await stage.pass(60);
    expect(stage.seen('n1 ready Unknown')).toBeGreaterThan(330);
  });

  it('that renews its lease and never says how it is keeps its pods', async () => {
    await using stage = await new NodesScene().start();
    await stage.addNodes(2);
    const { rig } = stage;
    await rig.create<NodeObject>({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'quiet' } });
    const metadata = { name: 'quiet', namespace: 'kube-node-lease' };
    const lease: Lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec: {} };
    await rig.create(lease);
    for (let renewals = 0; renewals < 60; renewals += 1) {
      await stage.pass(10);
      const renewTime = new Date(rig.clock.now()).toISOString();
      await rig.objects.patchWith('Lease', 'kube-node-lease', 'quiet', (now) => ({
        ...now,
        spec: { renewTime },
      }));
    }
    expect(await stage.taints('quiet')).not.toContain('unreachable:NoExecute');
    await stage.pass(120);
    expect(await stage.taints('quiet')).toContain('unreachable:NoExecute');
  });
});
