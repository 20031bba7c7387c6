import { describe, expect, it } from 'vitest';
import { formatTime } from '../../../src/api/meta.ts';
import type { Taint } from '../../../src/api/objects.ts';
import type { StoredPod, Toleration } from '../../../src/api/pod.ts';
import type { ObjectStore } from '../../../src/contract/object-store.ts';
import { evictAtMs } from '../../../src/controller/taint-eviction/eviction-time.ts';
import { taintEvictionController } from '../../../src/controller/taint-eviction/taint-eviction-controller.ts';
import type { ControllerRigOptions } from '../controller-rig.ts';
import { NodesScene } from '../node-lifecycle/nodes-scene.ts';

const noon = Date.UTC(2026, 0, 1, 12);
const taint = (key: string, ageS = 0): Taint => ({
  key,
  effect: 'NoExecute',
  timeAdded: formatTime(noon - ageS * 1000),
});
const tolerate = (key: string, tolerationSeconds?: number): Toleration => ({
  key,
  operator: 'Exists',
  effect: 'NoExecute',
  ...(tolerationSeconds !== undefined && { tolerationSeconds }),
});

function podOf(tolerations: readonly Toleration[], ageS: number): StoredPod {
  const creationTimestamp = formatTime(noon - ageS * 1000);
  const metadata = { name: 'web', namespace: 'default', uid: 'u1', resourceVersion: '1', creationTimestamp };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [], tolerations } };
}

describe('the time of a pod on a tainted node', () => {
  it.each<[string, readonly Taint[], readonly Toleration[], number | undefined, number?]>([
    ['is over at once for what it does not tolerate', [taint('a')], [], 0],
    ['never ends for what it tolerates for ever', [taint('a')], [tolerate('a')], undefined],
    ['counts from when the taint was added', [taint('a', 40)], [tolerate('a', 100)], 60],
    ['may have been over before anybody looked', [taint('a', 400)], [tolerate('a', 100)], -300],
    [
      'is the shortest of several, each from its own beginning',
      [taint('a', 90), taint('b')],
      [tolerate('a', 100), tolerate('b', 30)],
      10,
    ],
    ['is over when one of several is not tolerated', [taint('a'), taint('b')], [tolerate('a', 100)], 0],
    ['goes by the first toleration that fits', [taint('a')], [tolerate('a', 50), tolerate('a', 10)], 50],
    ['is over at once with negative seconds', [taint('a')], [tolerate('a', -5)], 0],
    ['begins now under a taint without a time', [{ key: 'a', effect: 'NoExecute' }], [tolerate('a', 7)], 7],
    ['does not begin before the pod was made', [taint('a', 400)], [tolerate('a', 100)], 70, 30],
  ])('%s', (_, taints, tolerations, seconds, ageS = 3600) => {
    const atMs = evictAtMs(taints, podOf(tolerations, ageS), noon);
    expect(atMs === undefined ? undefined : (atMs - noon) / 1000).toBe(seconds);
  });
});

async function sceneOf(options: ControllerRigOptions = {}): Promise<NodesScene> {
  const scene = await new NodesScene(options).start([taintEvictionController()]);
  await scene.addNodes(1);
  return scene;
}

async function setTaints(scene: NodesScene, ...taints: readonly Taint[]): Promise<void> {
  await scene.rig.objects.patchWith('Node', undefined, 'n1', (node) => ({ ...node, spec: { taints } }));
  await scene.rig.settle();
}

const full: Taint = { key: 'full', effect: 'NoExecute' };

describe('pods on a tainted node', () => {
  it('go when their time is over, each in its own', async () => {
    await using scene = await sceneOf();
    await scene.addPod('soon', 'n1', [tolerate('full', 10)]);
    await scene.addPod('later', 'n1', [tolerate('full', 100)]);
    await scene.addPod('never', 'n1', [tolerate('full')]);
    await scene.addPod('now', 'n1', []);
    await setTaints(scene, full);
    await scene.pass(3600);
    expect(['now', 'soon', 'later', 'never'].map((name) => scene.seen(`${name} deleted`))).toEqual([
      0,
      10,
      100,
      undefined,
    ]);
  });

  it('count from the moment that is written into a taint without one, a restart or not', async () => {
    await using scene = await sceneOf();
    await scene.addPod('web', 'n1', [tolerate('full', 100)]);
    await setTaints(scene, full);
    expect((await scene.node('n1')).spec?.taints?.[0]?.timeAdded).toBe('2026-01-01T00:00:00Z');
    await scene.pass(60);
    for (const host of scene.rig.hosts.splice(0)) host.stop();
    await scene.rig.start(taintEvictionController());
    await scene.pass(60);
    expect(scene.seen('web deleted')).toBe(100);
  });

  it('that come to it are told too, and those that learn to tolerate it stay', async () => {
    await using scene = await sceneOf();
    await setTaints(scene, full);
    await scene.addPod('guest', 'n1', []);
    expect(scene.seen('guest deleted')).toBe(0);
    const pod = await scene.addPod('web', 'n1', [tolerate('full', 10)]);
    await scene.rig.objects.patchWith('Pod', 'default', pod.metadata.name, (current) => ({
      ...current,
      spec: { ...current.spec, tolerations: [tolerate('full')] },
    }));
    await scene.pass(60);
    expect(scene.seen('web deleted')).toBeUndefined();
    expect(scene.eventsAbout('Pod/web')).toEqual(['TaintManagerEviction']);
  });

  it('stay when the taint goes before their time is over', async () => {
    await using scene = await sceneOf();
    await scene.addPod('web', 'n1', [tolerate('full', 10)]);
    await setTaints(scene, full);
    await scene.pass(9);
    await setTaints(scene);
    await scene.pass(60);
    expect(scene.seen('web deleted')).toBeUndefined();
    expect(scene.rig.events.map(({ message }) => message)).toEqual([
      'Cancelling deletion of Pod default/web',
    ]);
  });

  it('stay when only the cache still shows the taint', async () => {
    let isHanging = false;
    const watched = (objects: ObjectStore): ObjectStore => ({
      ...objects,
      watch: (kind, namespace, options) =>
        (async function* () {
          for await (const event of objects.watch(kind, namespace, options))
            if (kind !== 'Node' || !isHanging) yield event;
        })(),
    });
    await using scene = await sceneOf({ watched });
    await scene.addPod('web', 'n1', [tolerate('full', 10)]);
    await setTaints(scene, { ...full, timeAdded: '2026-01-01T00:00:00Z' });
    isHanging = true;
    await setTaints(scene);
    await scene.pass(60);
    expect(scene.seen('web deleted')).toBeUndefined();
  });

  it('that could not be deleted are tried again, and keep no other one', async () => {
    let failures = 3;
    const objects = (real: ObjectStore): ObjectStore => ({
      ...real,
      delete: async (kind, namespace, name, options) => {
        if (name === 'bad' && failures-- > 0) throw new Error('no luck');
        return await real.delete(kind, namespace, name, options);
      },
    });
    await using scene = await sceneOf({ objects });
    await scene.addPod('bad', 'n1', []);
    await scene.addPod('good', 'n1', []);
    await setTaints(scene, full);
    expect(scene.seen('good deleted')).toBe(0);
    await scene.pass(1);
    expect(scene.seen('bad deleted')).toBeLessThan(0.1);
  });

  it('on other nodes cost nothing', async () => {
    await using scene = await sceneOf();
    await scene.addNode('n2');
    await scene.addPod('web', 'n2');
    await setTaints(scene, full);
    const looks = scene.rig.hosts[0]?.looks;
    for (let i = 0; i < 50; i += 1) await scene.addPod(`p${i}`, 'n2');
    expect(scene.rig.hosts[0]?.looks).toBe(looks);
    expect(scene.rig.hosts[0]?.actors).toBe(1);
  });
});
