import { describe, expect, it } from 'vitest';
import { fencingAnnotation } from '../../../src/api/fencing.ts';
import type { NodeObject } from '../../../src/api/objects.ts';
import type { StoredPod } from '../../../src/api/pod.ts';
import type { ObjectStore } from '../../../src/contract/object-store.ts';
import { excessPods, isFenced } from '../../../src/controller/pod-gc/decisions.ts';
import { podGCController } from '../../../src/controller/pod-gc/pod-gc-controller.ts';
import type { PodGCSettings } from '../../../src/controller/pod-gc/settings.ts';
import type { ControllerRigOptions } from '../controller-rig.ts';
import { fiveMinutes, NodesScene } from '../node-lifecycle/nodes-scene.ts';

async function sceneOf(
  settings: Partial<PodGCSettings> = {},
  options: ControllerRigOptions = {},
): Promise<NodesScene> {
  const scene = await new NodesScene(options).start([podGCController(settings)]);
  await scene.addNodes(1);
  return scene;
}

const finished = (name: string, createdAt: string, status: StoredPod['status'] = { phase: 'Succeeded' }) =>
  ({ metadata: { name, creationTimestamp: createdAt }, status }) as StoredPod;

describe('finished pods', () => {
  const pods = [
    finished('c', '2026-01-01T00:00:03Z'),
    finished('b', '2026-01-01T00:00:01Z'),
    finished('a', '2026-01-01T00:00:01Z'),
    finished('e', '2026-01-01T00:00:09Z', { phase: 'Failed', reason: 'Evicted' }),
  ];

  it.each([
    [4, []],
    [3, ['e']],
    [2, ['e', 'a']],
    [1, ['e', 'a', 'b']],
    [0, []],
  ])('beyond %i: evicted ones go first, then the oldest, then by name; 0 keeps all', (max, names) => {
    expect(excessPods(pods, max).map(({ metadata }) => metadata.name)).toEqual(names);
  });

  it('beyond the number go within 20 s, running ones never', async () => {
    await using scene = await sceneOf({ terminatedPodsMax: 2 });
    for (const name of ['a', 'b', 'c', 'd']) {
      const pod = await scene.addPod(name, 'n1');
      if (name !== 'd') await scene.rig.objects.updateStatus({ ...pod, status: { phase: 'Failed' } });
      await scene.pass(1);
    }
    await scene.pass(20);
    expect((await scene.rig.list('Pod')).map(({ metadata }) => metadata.name)).toEqual(['b', 'c', 'd']);
  });
});

describe('pods of a node that does not exist', () => {
  it('go after 40 to 60 s, and say why', async () => {
    await using scene = await sceneOf();
    const conditions: unknown[] = [];
    const watching = new AbortController();
    void (async () => {
      for await (const event of scene.rig.objects.watch('Pod', undefined, { signal: watching.signal }))
        if (event.type === 'delete') conditions.push(event.object.status);
    })();
    await scene.addPod('web', 'elsewhere');
    await scene.pass(70);
    watching.abort();
    const goneS = scene.seen('web gone') ?? 0;
    expect(goneS).toBeGreaterThanOrEqual(40);
    expect(goneS).toBeLessThanOrEqual(60);
    expect(conditions).toEqual([
      expect.objectContaining({
        phase: 'Failed',
        conditions: expect.arrayContaining([
          expect.objectContaining({
            type: 'DisruptionTarget',
            reason: 'DeletionByPodGC',
            message: 'PodGC: node no longer exists',
          }),
        ]),
      }),
    ]);
  });

  it.each([
    [0, 0, 20],
    [10_000, 20, 40],
    [3_600_000, 3600, 3640],
  ])(
    'go after a quarantine of %i ms, shorter than the pause between two passes or longer',
    async (quarantineMs, fromS, toS) => {
      await using scene = await sceneOf({ quarantineMs });
      await scene.addPod('web', 'elsewhere');
      await scene.pass(4000);
      const goneS = scene.seen('web gone') ?? Number.NaN;
      expect(goneS).toBeGreaterThanOrEqual(fromS);
      expect(goneS).toBeLessThanOrEqual(toS);
    },
  );

  it('go with the next pass after an outage, however long that was', async () => {
    let isDown = true;
    const objects = (inner: ObjectStore): ObjectStore => ({
      ...inner,
      get: async (kind, namespace, name, signal) => {
        if (kind === 'Node' && name === 'elsewhere' && isDown) throw new Error('no answer');
        return await inner.get(kind, namespace, name, signal);
      },
    });
    await using scene = await sceneOf({}, { objects });
    await scene.addPod('web', 'elsewhere');
    await scene.pass(600);
    expect(scene.seen('web gone')).toBeUndefined();
    isDown = false;
    await scene.pass(21);
    expect(scene.seen('web gone')).toBeDefined();
  });

  it('stay when the node comes in time', async () => {
    await using scene = await sceneOf();
    await scene.addPod('web', 'n2');
    await scene.pass(30);
    await scene.addNode('n2');
    await scene.pass(3600);
    expect(scene.seen('web gone')).toBeUndefined();
  });

  it('stay when only the cache does not know the node', async () => {
    const watched = (objects: ObjectStore): ObjectStore => ({
      ...objects,
      watch: (kind, namespace, options) =>
        (async function* () {
          for await (const event of objects.watch(kind, namespace, options))
            if (kind !== 'Node' || event.type === 'synced') yield event;
        })(),
    });
    await using scene = await sceneOf({}, { watched });
    await scene.addPod('web', 'n1');
    await scene.pass(600);
    expect(scene.seen('web gone')).toBeUndefined();
  });

  it('stay when the node was there while this controller did not look', async () => {
    await using scene = new NodesScene();
    const controller = podGCController();
    await scene.start([controller]);
    await scene.addPod('web', 'n2');
    await scene.pass(25);
    for (const host of scene.rig.hosts.splice(0)) host.stop();
    await scene.addNode('n2');
    await scene.pass(100);
    await scene.rig.objects.delete('Node', undefined, 'n2');
    await scene.rig.start(controller);
    await scene.pass(35);
    expect(scene.seen('web gone')).toBeUndefined();
    await scene.pass(30);
    expect(scene.seen('web gone')).toBeDefined();
  });

  it('go although one of them cannot be removed', async () => {
    const objects = (real: ObjectStore): ObjectStore => ({
      ...real,
      delete: async (kind, namespace, name, options) => {
        if (name === 'bad') throw new Error('no luck');
        return await real.delete(kind, namespace, name, options);
      },
    });
    await using scene = await sceneOf({}, { objects });
    await scene.addPod('bad', 'elsewhere');
    await scene.addPod('good', 'elsewhere');
    await scene.pass(70);
    expect((await scene.rig.list('Pod')).map(({ metadata }) => metadata.name)).toEqual(['bad']);
  });
});

describe('a pod that is being deleted', () => {
  const leave = async (scene: NodesScene, name = 'web') => {
    await scene.rig.objects.delete('Pod', 'default', name);
    await scene.pass(25);
  };
  const setNode = async (scene: NodesScene, node: Partial<NodeObject>) => {
    await scene.rig.objects.patchWith('Node', undefined, 'n1', (current) => ({ ...current, ...node }));
    await scene.rig.objects.patchWith('Node', undefined, 'n1', (current) => ({ ...current, ...node }), {
      subresource: 'status',
    });
  };
  const outOfService = {
    taints: [
      { key: 'node.kubernetes.io/out-of-service', value: 'nodeshutdown', effect: 'NoExecute' as const },
    ],
  };
  const notReady = { conditions: [{ type: 'Ready', status: 'Unknown' as const }] };

  it('stays on a node that is only not ready', async () => {
    await using scene = await sceneOf();
    await scene.addPod('web', 'n1');
    await setNode(scene, { status: notReady });
    await leave(scene);
    expect(scene.seen('web gone')).toBeUndefined();
  });

  it('goes from a node that is out of service, once that is not ready either', async () => {
    await using scene = await sceneOf();
    await scene.addPod('web', 'n1');
    await setNode(scene, { spec: outOfService });
    await leave(scene);
    expect(scene.seen('web gone')).toBeUndefined();
    await setNode(scene, { status: notReady });
    await scene.pass(25);
    expect(scene.seen('web gone')).toBeDefined();
  });

  it('stays on a node that is out of service when nobody deletes it', async () => {
    await using scene = await sceneOf();
    await scene.addPod('web', 'n1');
    await setNode(scene, { spec: outOfService, status: notReady });
    await scene.pass(100);
    expect(scene.seen('web gone')).toBeUndefined();
  });
});

describe('a pod that its agent has promised to stop', () => {
  const node = (status: 'Unknown' | 'False', promiseS: number | undefined): NodeObject => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: 'n1',
      annotations: promiseS === undefined ? {} : { [fencingAnnotation]: String(promiseS) },
    },
    status: { conditions: [{ type: 'Ready', status, lastTransitionTime: '2026-01-01T12:00:00Z' }] },
  });
  const pod = (tolerations = fiveMinutes) =>
    ({ spec: { nodeName: 'n1', containers: [], tolerations } }) as never;
  const noon = Date.UTC(2026, 0, 1, 12);
  const forEver = [{ operator: 'Exists' as const }];

  it.each<[string, NodeObject, never, number, boolean]>([
    ['has been when its toleration is over', node('Unknown', 50), pod(), 300, true],
    ['may not have been before', node('Unknown', 50), pod(), 299, false],
    ['has been at once without a toleration', node('Unknown', 50), pod([]), 0, true],
    ['was not promised', node('Unknown', undefined), pod(), 1000, false],
    ['was promised too late', node('Unknown', 51), pod(), 1000, false],
    ['is on a node that is heard', node('False', 50), pod(), 1000, false],
    ['runs on if it tolerates everything', node('Unknown', 50), pod(forEver), 1000, false],
  ])('%s', (_, on, what, seconds, expected) => {
    expect(isFenced(what, on, noon + seconds * 1000, { nodeGraceMs: 50_000 })).toBe(expected);
  });
});
