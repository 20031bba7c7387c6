import { describe, expect, it } from 'vitest';
import type { StoredPod } from '../../src/api/pod.ts';
import { AssumeCache } from '../../src/scheduler/assume-cache.ts';
import { NeedsBook } from '../../src/scheduler/pod-needs.ts';
import { nodeObject, specOf, storedPod } from './examples.ts';

const zone = (name: string) => ({ labels: { 'topology.kubernetes.io/zone': name } });

class Scene {
  readonly book = new NeedsBook();
  helped: string[] = [];
  readonly cache = new AssumeCache(this.book, (nodeName) => this.helped.push(nodeName));

  constructor(...nodeNames: string[]) {
    for (const name of nodeNames) this.cache.setNode(nodeObject(name));
    this.helped = [];
  }

  assume(pod: StoredPod, nodeName: string): void {
    this.cache.assume(pod, this.book.of(pod.spec), nodeName);
  }

  /** Thousandths of a CPU that are asked for on a node, and how many pods there are. */
  used(nodeName: string): readonly (number | undefined)[] {
    const usage = this.cache.state(nodeName)?.usage;
    return [usage?.requested('cpu'), usage?.pods];
  }
}

const waiting = (name: string, cpu = '100m') => storedPod(name, specOf({ cpu }), { owner: 'set' });
const placed = (name: string, nodeName: string, cpu = '100m', generation = 1): StoredPod => {
  const pod = storedPod(name, specOf({ cpu }, { nodeName }), { owner: 'set' });
  return { ...pod, metadata: { ...pod.metadata, generation } };
};
const ending = (pod: StoredPod): StoredPod => ({
  ...pod,
  metadata: { ...pod.metadata, deletionTimestamp: '2026-01-01T00:01:00Z' },
});

describe('what is known of pods on nodes', () => {
  it('is a sum to which each pod adds its share, and takes it away again', () => {
    const scene = new Scene('a');
    scene.cache.setPod(placed('one', 'a'));
    scene.cache.setPod(placed('two', 'a', '200m'));
    expect(scene.used('a')).toEqual([300, 2]);
    scene.cache.removePod('uid-one');
    expect([scene.used('a'), scene.helped]).toEqual([[200, 1], ['a']]);
    scene.cache.removePod('uid-one');
    expect([scene.used('a'), scene.helped]).toEqual([[200, 1], ['a']]);
  });

  it('counts a pod from the moment when it is assumed to be there, and once', () => {
    const scene = new Scene('a');
    scene.assume(waiting('one'), 'a');
    expect(scene.used('a')).toEqual([100, 1]);
    scene.cache.setPod(placed('one', 'a'));
    expect([scene.used('a'), scene.helped]).toEqual([[100, 1], []]);
  });

  it('gives the room back when the binding fails', () => {
    const scene = new Scene('a');
    scene.assume(waiting('one'), 'a');
    scene.cache.forget('uid-one');
    expect([scene.used('a'), scene.helped]).toEqual([[0, 0], ['a']]);
  });

  it('does not give back the room of a pod that was seen there', () => {
    const scene = new Scene('a');
    scene.assume(waiting('one'), 'a');
    scene.cache.setPod(placed('one', 'a'));
    scene.cache.forget('uid-one');
    expect(scene.used('a')).toEqual([100, 1]);
  });

  it('moves a pod that turned out to be elsewhere', () => {
    const scene = new Scene('a', 'b');
    scene.assume(waiting('one'), 'a');
    scene.cache.setPod(placed('one', 'b'));
    expect([scene.used('a'), scene.used('b'), scene.helped]).toEqual([[0, 0], [100, 1], ['a']]);
  });

  it('follows a pod that asks for less', () => {
    const scene = new Scene('a');
    scene.cache.setPod(placed('one', 'a', '500m'));
    scene.cache.setPod(placed('one', 'a', '100m', 2));
    expect([scene.used('a'), scene.helped]).toEqual([[100, 1], ['a']]);
  });

  it('outlives the object of its node, and is there before it', () => {
    const scene = new Scene('a');
    scene.cache.setPod(placed('one', 'a'));
    scene.cache.setPod(placed('two', 'late'));
    scene.cache.removeNode('a');
    expect(scene.cache.states).toEqual([]);
    scene.cache.setNode(nodeObject('a'));
    scene.cache.setNode(nodeObject('late'));
    expect([scene.used('a'), scene.used('late')]).toEqual([
      [100, 1],
      [100, 1],
    ]);
  });

  it('is forgotten with the last pod of a node without an object', () => {
    const scene = new Scene();
    scene.cache.setPod(placed('one', 'ghost'));
    scene.cache.removePod('uid-one');
    scene.cache.setNode(nodeObject('ghost'));
    expect(scene.used('ghost')).toEqual([0, 0]);
  });
});

describe('what is known of nodes', () => {
  it('is in the order in which they came, and changes in its place', () => {
    const scene = new Scene('a', 'b', 'c');
    scene.cache.setNode(nodeObject('b', { labels: { disk: 'ssd' } }));
    scene.cache.removeNode('a');
    scene.cache.removeNode('nobody');
    expect(scene.cache.states.map(({ facts }) => facts.name)).toEqual(['b', 'c']);
    expect(scene.cache.state('b')?.facts.labels).toMatchObject({ disk: 'ssd' });
  });

  it('tells of changes that may help, not of heartbeats', () => {
    const scene = new Scene('a');
    const { status, ...node } = nodeObject('a');
    const heartbeat = { type: 'Ready', status: 'True', lastHeartbeatTime: '2026-01-01T00:05:00Z' } as const;
    scene.cache.setNode({ ...node, status: { ...status, conditions: [heartbeat] } });
    expect(scene.helped).toEqual([]);
    scene.cache.setNode(nodeObject('a', { allocatable: { cpu: '8' } }));
    scene.cache.setNode(nodeObject('a', { allocatable: { cpu: '8' }, ready: 'False' }));
    scene.cache.setNode(nodeObject('b'));
    expect(scene.helped).toEqual(['a', 'a', 'b']);
  });
});

describe('siblings', () => {
  const of = ({ cache }: Scene) => {
    const { byNode, byZone } = cache.siblingsOf('set');
    return [Object.fromEntries(byNode), Object.fromEntries(byZone)];
  };

  it('are counted for each node and each zone', () => {
    const scene = new Scene();
    scene.cache.setNode(nodeObject('a', zone('north')));
    scene.cache.setNode(nodeObject('b', zone('north')));
    scene.cache.setPod(placed('one', 'a'));
    scene.cache.setPod(placed('two', 'b'));
    scene.assume(waiting('three'), 'b');
    scene.cache.setPod(storedPod('stranger', specOf({}, { nodeName: 'a' })));
    expect(of(scene)).toEqual([{ a: 1, b: 2 }, { north: 3 }]);
    scene.cache.removePod('uid-two');
    scene.cache.forget('uid-three');
    scene.cache.removePod('uid-one');
    expect(of(scene)).toEqual([{}, {}]);
  });

  it('that are being deleted do not count', () => {
    const scene = new Scene('a');
    scene.cache.setPod(placed('one', 'a'));
    scene.cache.setPod(ending(placed('one', 'a')));
    expect([of(scene), scene.used('a')]).toEqual([
      [{}, {}],
      [100, 1],
    ]);
  });

  it('move with the zone of their node', () => {
    const scene = new Scene();
    scene.cache.setPod(placed('one', 'a'));
    scene.cache.setNode(nodeObject('a', zone('north')));
    expect(of(scene)).toEqual([{ a: 1 }, { north: 1 }]);
    scene.cache.setNode(nodeObject('a', zone('south')));
    expect(of(scene)).toEqual([{ a: 1 }, { south: 1 }]);
    scene.cache.removeNode('a');
    expect(of(scene)).toEqual([{ a: 1 }, {}]);
  });
});
