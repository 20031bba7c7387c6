import { describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../../src/contract/object-store.ts';
import { NodesScene } from './nodes-scene.ts';

const zone = (name: string) => ({ 'topology.kubernetes.io/zone': name });
const unreachable = ['unreachable:NoExecute', 'unreachable:NoSchedule'];
const onlyNoSchedule = ['unreachable:NoSchedule'];

async function tainted(scene: NodesScene): Promise<readonly string[]> {
  const nodes = await scene.rig.list('Node');
  return nodes
    .filter(({ spec }) => spec?.taints?.some(({ effect }) => effect === 'NoExecute'))
    .map(({ metadata }) => metadata.name);
}

async function shownMode(scene: NodesScene) {
  const found = await scene.rig.objects.get('ConfigMap', 'kube-system', 'node-lifecycle-status');
  return found?.data;
}

describe('the rate of a zone', () => {
  it('is one node each 10 s, in the order in which they were lost', async () => {
    await using scene = await new NodesScene().start();
    await scene.addNodes(12);
    await scene.pass(10);
    for (const name of ['n3', 'n1', 'n2', 'n4']) {
      scene.silence(name);
      await scene.pass(11);
    }
    await scene.pass(120);
    const times = ['n3', 'n1', 'n2', 'n4'].map((name) => scene.seen(`${name} unreachable:NoExecute`) ?? 0);
    for (const [i, time] of times.entries())
      if (i > 0) expect(time - (times[i - 1] ?? 0)).toBeGreaterThanOrEqual(10);
  });

  it('is nothing while most nodes of a small zone are lost; those that were tainted before stay so', async () => {
    await using scene = await new NodesScene().start();
    await scene.addNodes(5);
    await scene.pass(10);
    scene.silence('n1');
    await scene.pass(80);
    scene.silence('n2', 'n3', 'n4');
    await scene.pass(600);
    expect(await tainted(scene)).toEqual(['n1']);
    expect(await scene.taints('n2')).toEqual(onlyNoSchedule);
    expect(await shownMode(scene)).toMatchObject({
      mode: 'PartialDisruption',
      reason: 'most nodes of a small zone are in trouble: pods of further nodes are not driven out',
      zones: 'nodes without zone: partialDisruption, 4 of 5 nodes not ready, 0 nodes/s are tainted\n',
    });
  });

  it('is a tenth while most nodes of a large zone are lost', async () => {
    await using scene = await new NodesScene().start();
    await scene.addNodes(51);
    await scene.pass(10);
    scene.silence(...Array.from({ length: 30 }, (_, i) => `n${i + 1}`));
    await scene.pass(255);
    expect((await tainted(scene)).length).toBeGreaterThanOrEqual(2);
    expect((await tainted(scene)).length).toBeLessThanOrEqual(3);
  });

  it('is the usual one in a zone that is lost as a whole while another one works', async () => {
    await using scene = await new NodesScene().start();
    await scene.addNodes(3, zone('a'), 'a');
    await scene.addNodes(3, zone('b'), 'b');
    await scene.pass(10);
    scene.silence('a1', 'a2', 'a3');
    await scene.pass(120);
    expect(await tainted(scene)).toEqual(['a1', 'a2', 'a3']);
    expect((await shownMode(scene))?.['mode']).toBe('FullDisruption');
  });

  it('counts for each zone by itself', async () => {
    await using scene = await new NodesScene().start();
    await scene.addNodes(3, zone('a'), 'a');
    await scene.addNodes(3, zone('b'), 'b');
    await scene.pass(10);
    scene.silence('a1', 'b1');
    await scene.pass(70);
    expect(scene.seen('a1 unreachable:NoExecute')).toBe(scene.seen('b1 unreachable:NoExecute'));
  });

  it('is not begun anew by a controller that is', async () => {
    await using scene = await new NodesScene().start();
    await scene.addNodes(12);
    await scene.pass(10);
    scene.silence('n1', 'n2', 'n3');
    await scene.rig.clock.advanceUntil(async () => (await tainted(scene)).length === 1, 100_000);
    for (let i = 0; i < 8; i += 1) {
      await scene.restartControllers();
      await scene.pass(1);
    }
    expect(await tainted(scene)).toHaveLength(1);
    await scene.pass(3);
    expect(await tainted(scene)).toHaveLength(2);
  });

  it('is told by the last of several taints to a controller that begins anew', async () => {
    await using scene = await new NodesScene().start();
    await scene.addNodes(12);
    await scene.pass(10);
    scene.silence('n1', 'n2', 'n3');
    await scene.rig.clock.advanceUntil(async () => (await tainted(scene)).length === 2, 100_000);
    for (let i = 0; i < 8; i += 1) {
      await scene.restartControllers();
      await scene.pass(1);
    }
    expect(await tainted(scene)).toHaveLength(2);
    await scene.pass(3);
    expect(await tainted(scene)).toHaveLength(3);
  });

  it('can be set', async () => {
    await using scene = await new NodesScene({ settings: { evictionRate: 1 } }).start();
    await scene.addNodes(12);
    await scene.pass(10);
    scene.silence('n1', 'n2', 'n3');
    await scene.pass(70);
    const times = ['n1', 'n2', 'n3'].map((name) => scene.seen(`${name} unreachable:NoExecute`) ?? 0);
    expect(times.map((time) => time - (times[0] ?? 0))).toEqual([0, 1, 2]);
  });
});

describe('the disruption mode', () => {
  it('is shown to anybody, with each change as an event and a fact', async () => {
    await using scene = await new NodesScene().start();
    await scene.addNodes(3);
    await scene.pass(60);
    expect(await shownMode(scene)).toBeUndefined();
    scene.silence('n1', 'n2', 'n3');
    await scene.pass(60);
    expect(await shownMode(scene)).toMatchObject({ mode: 'AllZonesDisrupted' });
    scene.speak('n1');
    scene.speak('n2');
    await scene.pass(10);
    expect(await shownMode(scene)).toMatchObject({ mode: 'Normal', zones: '' });
    const about = 'ConfigMap/node-lifecycle-status';
    const changes = scene.rig.events
      .filter((event) => event.about === about)
      .map(({ message }) => message.split(':')[0]);
    expect(changes).toEqual(['Normal -> AllZonesDisrupted', 'AllZonesDisrupted -> Normal']);
    const facts = scene.rig.facts.filter(({ type }) => type === 'node-lifecycle.disruption-changed');
    expect(facts.map(({ data }) => (data as { readonly to: string }).to)).toEqual([
      'AllZonesDisrupted',
      'Normal',
    ]);
  });

  it('is known to a controller that begins in the middle of it', async () => {
    await using scene = await new NodesScene().start();
    await scene.addNodes(3);
    await scene.pass(10);
    scene.silence('n1', 'n2', 'n3');
    await scene.pass(60);
    const before = await shownMode(scene);
    await scene.restartControllers(100);
    await scene.pass(100);
    expect(await shownMode(scene)).toEqual(before);
    expect(scene.eventsAbout('ConfigMap/node-lifecycle-status')).toHaveLength(1);
    expect(await tainted(scene)).toEqual([]);
  });

  it('leaves out nodes that are labelled so', async () => {
    await using scene = await new NodesScene().start();
    await scene.addNodes(1);
    await scene.addNode('lab', { 'node.kubernetes.io/exclude-disruption': 'true' });
    await scene.pass(10);
    scene.silence('lab');
    await scene.pass(70);
    expect(await scene.taints('lab')).toEqual(unreachable);
    expect(await shownMode(scene)).toBeUndefined();
  });
});

describe('a node that says itself that it is not ready', () => {
  it('is tainted, and its pods are left to its agent', async () => {
    await using scene = await new NodesScene().start();
    await scene.addNodes(3);
    await scene.addPod('web', 'n1');
    await scene.pass(10);
    scene.speak('n1', 'False');
    await scene.pass(6);
    expect(await scene.taints('n1')).toEqual(['not-ready:NoExecute', 'not-ready:NoSchedule']);
    expect(scene.seen('web not ready')).toBeUndefined();
  });

  it('and then falls silent: one taint takes the place of the other, and the time of the pods goes on', async () => {
    await using scene = await new NodesScene().start();
    await scene.addNodes(3);
    await scene.addPod('web', 'n1');
    await scene.pass(10);
    scene.speak('n1', 'False');
    await scene.pass(100);
    const taintedS = scene.seen('n1 not-ready:NoExecute') ?? 0;
    scene.silence('n1');
    await scene.pass(70);
    expect(await scene.taints('n1')).toEqual(unreachable);
    await scene.pass(300);
    expect(scene.seen('web deleted')).toBe(taintedS + 300);
  });
});

describe('what is not the fault of the nodes', () => {
  it('a watch of leases that hangs gives nobody up', async () => {
    let isHanging = false;
    const watched = (objects: ObjectStore): ObjectStore => ({
      ...objects,
      watch: (kind, namespace, options) =>
        (async function* () {
          for await (const event of objects.watch(kind, namespace, options))
            if (kind !== 'Lease' || !isHanging) yield event;
        })(),
    });
    await using scene = await new NodesScene({ watched }).start();
    await scene.addNodes(3);
    await scene.pass(30);
    isHanging = true;
    await scene.pass(600);
    expect(scene.sightings.filter(({ what }) => what.endsWith('Unknown'))).toEqual([]);
  });

  it('a store that cannot be read gives nobody up, and is asked again', async () => {
    let isBroken = false;
    const objects = (real: ObjectStore): ObjectStore => ({
      ...real,
      get: async (kind, ...rest) => {
        if (isBroken && kind === 'Lease') throw new Error('no answer');
        return await real.get(kind, ...rest);
      },
    });
    await using scene = await new NodesScene({ objects }).start();
    await scene.addNodes(3);
    await scene.pass(30);
    isBroken = true;
    scene.silence('n1');
    await scene.pass(120);
    expect(await scene.ready('n1')).toBe('True');
    isBroken = false;
    await scene.pass(5);
    expect(await scene.ready('n1')).toBe('Unknown');
  });

  it('one node that cannot be written keeps no other from being given up', async () => {
    const objects = (real: ObjectStore): ObjectStore => ({
      ...real,
      patchWith: async (kind, namespace, name, ...rest) => {
        if (name === 'n1') throw new Error('no luck');
        return await real.patchWith(kind, namespace, name, ...rest);
      },
    });
    await using scene = await new NodesScene({ objects }).start();
    await scene.addNodes(5);
    await scene.pass(10);
    scene.silence('n1', 'n2');
    await scene.pass(70);
    expect([await scene.ready('n1'), await scene.ready('n2')]).toEqual(['True', 'Unknown']);
  });

  it('pods that could not be marked are marked in a later pass', async () => {
    let isBroken = true;
    const objects = (real: ObjectStore): ObjectStore => ({
      ...real,
      patchWith: async (kind, ...rest) => {
        if (isBroken && kind === 'Pod') throw new Error('no luck');
        return await real.patchWith(kind, ...rest);
      },
    });
    await using scene = await new NodesScene({ objects }).start();
    await scene.addNodes(3);
    await scene.addPod('web', 'n1');
    await scene.pass(10);
    scene.silence('n1');
    await scene.pass(80);
    expect(scene.seen('web not ready')).toBeUndefined();
    isBroken = false;
    await scene.pass(5);
    expect(scene.seen('web not ready')).toBe(scene.nowS);
  });

  it('pods that were not marked because the pass was broken off are marked when it has the word again', async () => {
    let isSlow = true;
    const objects = (real: ObjectStore): ObjectStore => ({
      ...real,
      patchWith: async (kind, ...rest) => {
        if (isSlow && kind === 'Pod') await new Promise(() => {});
        return await real.patchWith(kind, ...rest);
      },
    });
    await using scene = new NodesScene({ objects });
    const { controllers } = scene;
    await scene.start(controllers);
    await scene.addNodes(3);
    await scene.addPod('web', 'n1');
    await scene.pass(10);
    scene.silence('n1');
    await scene.pass(80);
    expect(await scene.ready('n1')).toBe('Unknown');
    for (const host of scene.rig.hosts.splice(0)) host.stop();
    isSlow = false;
    await scene.rig.start(...controllers);
    await scene.pass(5);
    expect(scene.seen('web not ready')).toBeDefined();
  });

  it('a controller that begins after the loss marks the pods that its predecessor did not', async () => {
    await using scene = await new NodesScene().start();
    await scene.addNodes(3);
    await scene.pass(10);
    scene.silence('n1');
    await scene.pass(70);
    for (const host of scene.rig.hosts.splice(0)) host.stop();
    await scene.addPod('web', 'n1');
    await scene.restartControllers();
    expect(scene.seen('web not ready')).toBe(scene.nowS);
  });
});

describe('a controller that has the word again after another one had it', () => {
  it('goes by what is stored, and not by what it remembers', async () => {
    await using scene = new NodesScene();
    const { controllers } = scene;
    await scene.start(controllers);
    await scene.addNodes(12);
    await scene.pass(10);
    // It remembers all nodes as well, and that none was ever tainted.
    for (const host of scene.rig.hosts.splice(0)) host.stop();
    await scene.restartControllers();
    scene.silence('n1', 'n2', 'n3');
    await scene.rig.clock.advanceUntil(async () => (await tainted(scene)).length === 1, 100_000);
    for (const host of scene.rig.hosts.splice(0)) host.stop();
    await scene.rig.start(...controllers);
    expect(await tainted(scene)).toHaveLength(1);
    await scene.pass(8);
    expect(await tainted(scene)).toHaveLength(1);
    await scene.pass(4);
    expect(await tainted(scene)).toHaveLength(2);
  });
});

describe('a node that goes', () => {
  it('is told of once', async () => {
    await using scene = await new NodesScene().start();
    await scene.addNodes(2);
    await scene.pass(10);
    scene.silence('n1');
    await scene.rig.objects.delete('Node', undefined, 'n1');
    await scene.pass(60);
    expect(scene.eventsAbout('Node/n1')).toEqual(['RegisteredNode', 'RemovingNode']);
  });

  it('and comes again under its name is another one', async () => {
    await using scene = await new NodesScene().start();
    await scene.addNodes(3);
    await scene.pass(10);
    scene.silence('n1');
    await scene.pass(45);
    await scene.rig.objects.delete('Node', undefined, 'n1');
    await scene.addNode('n1');
    await scene.pass(30);
    expect(await scene.ready('n1')).toBe('True');
  });
});

describe('many nodes', () => {
  it('that are well cost nothing but a look at the caches', async () => {
    const calls: string[] = [];
    const objects = (real: ObjectStore): ObjectStore => ({
      ...real,
      get: async (kind, ...rest) => {
        calls.push(`get ${kind}`);
        return await real.get(kind, ...rest);
      },
      patchWith: async (kind, ...rest) => {
        calls.push(`patch ${kind}`);
        return await real.patchWith(kind, ...rest);
      },
    });
    await using scene = await new NodesScene({ objects }).start();
    await scene.addNodes(100);
    await scene.pass(10);
    calls.length = 0;
    await scene.pass(300);
    expect(calls).toEqual([]);
    // The pass over all nodes, and the eviction of nobody.
    expect(scene.rig.hosts.map(({ actors }) => actors)).toEqual([1, 0]);
  });
});
