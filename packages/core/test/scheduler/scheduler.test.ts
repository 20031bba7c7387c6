import { afterEach, describe, expect, it } from 'vitest';
import type { PodSpec } from '../../src/api/pod.ts';
import { MooringError } from '../../src/contract/error.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import type { ObjectStore } from '../../src/store/object-store.ts';
import { TestClock } from '../../src/testing/test-clock.ts';
import { podObject, specOf } from './examples.ts';
import { SchedulerRig, type SchedulerRigOptions } from './scheduler-rig.ts';

let rigs: SchedulerRig[] = [];

afterEach(async () => {
  for (const rig of rigs) {
    await rig.end();
    expect(rig.errors).toEqual([]);
  }
  rigs = [];
});

async function rig(options: SchedulerRigOptions = {}): Promise<SchedulerRig> {
  const made = new SchedulerRig(options);
  rigs.push(made);
  return await made.start();
}

const big = specOf({ cpu: '3' });
const noRoom = (nodes: number) =>
  `0/${nodes} nodes are available: ${nodes} Insufficient cpu. ` +
  `preemption: 0/${nodes} nodes are available: ${nodes} No preemption victims found for incoming pod.`;

describe('a pod', () => {
  it('is bound at once, with its condition, an Event and a fact', async () => {
    const scene = await rig();
    await scene.node('a');
    const { metadata } = await scene.pod('web');
    expect(await scene.nodeOf('web')).toBe('a');
    expect(await scene.condition('web')).toMatchObject({ status: 'True' });
    expect(scene.events).toEqual(['web: Scheduled: Successfully assigned default/web to a']);
    expect(scene.facts).toEqual([
      {
        address: 'scheduler/default',
        type: 'scheduler.bound',
        data: { namespace: 'default', pod: 'web', uid: metadata.uid, node: 'a' },
      },
    ]);
  });

  it('that was there before the scheduler is bound too, when everything that is there is known', async () => {
    const scene = new SchedulerRig();
    rigs.push(scene);
    await scene.node('full');
    await scene.node('empty');
    for (const name of ['old', 'older']) await scene.pod(name, specOf({ cpu: '2' }, { nodeName: 'full' }));
    await scene.pod('web', big);
    await scene.start();
    expect(await scene.nodeOf('web')).toBe('empty');
  });

  it.each<[string, Parameters<SchedulerRig['pod']>[1]]>([
    ['names its node', specOf({}, { nodeName: 'elsewhere' })],
    ['names another scheduler', specOf({}, { schedulerName: 'mine' })],
  ])('that %s is left alone', async (_, spec) => {
    const scene = await rig();
    await scene.node('a');
    await scene.pod('web', spec);
    await scene.clock.advanceBy(600_000);
    expect([await scene.nodeOf('web'), scene.events]).toEqual([spec?.nodeName, []]);
  });

  it('that is being deleted, or has ended, is not tried any more', async () => {
    const scene = await rig();
    await scene.pod('ended');
    await scene.pod('deleted');
    await scene.objects.patchWith('Pod', 'default', 'deleted', (now) => ({
      ...now,
      metadata: { ...now.metadata, finalizers: ['x/y'] },
    }));
    await scene.finish('ended');
    await scene.remove('deleted');
    await scene.node('a');
    expect([await scene.nodeOf('ended'), await scene.nodeOf('deleted')]).toEqual([undefined, undefined]);
  });

  it('of a higher priority goes first', async () => {
    const scene = await rig();
    await scene.pod('low', big);
    await scene.pod('high', { ...big, priority: 100 });
    await scene.node('a');
    await scene.settle();
    expect([await scene.nodeOf('low'), await scene.nodeOf('high')]).toEqual([undefined, 'a']);
  });
});

describe('a pod that no node takes', () => {
  it('says why in its condition and its Events, once for each try', async () => {
    const scene = await rig();
    await scene.node('a');
    await scene.pod('one', big);
    await scene.pod('two', big);
    expect(await scene.condition('two')).toMatchObject({
      status: 'False',
      reason: 'Unschedulable',
      message: noRoom(1),
    });
    const pod = await scene.objects.get('Pod', 'default', 'two');
    expect(pod?.status?.phase).toBe('Pending');
    expect(scene.events.filter((line) => line.startsWith('two'))).toEqual([
      `two: FailedScheduling: ${noRoom(1)}`,
    ]);
    await scene.clock.advanceBy(290_000);
    expect(scene.events).toHaveLength(2);
    // Tried again after five minutes, at the next of the checks every 30 s.
    await scene.clock.advanceBy(40_000);
    expect(scene.events).toHaveLength(3);
  });

  it('gets its node as soon as one changes for the better', async () => {
    const scene = await rig();
    const taints = [{ key: 'x', effect: 'NoSchedule' as const }];
    await scene.node('a', { unschedulable: true });
    await scene.node('b', { taints });
    await scene.node('c', { ready: 'False' });
    await scene.node('d', { allocatable: { cpu: '1' } });
    for (const name of ['one', 'two', 'three', 'four']) await scene.pod(name, big);
    expect((await scene.pods()).map(({ spec }) => spec.nodeName)).toEqual(Array(4).fill(undefined));
    await scene.changeNode('a', {});
    await scene.changeNode('b', {});
    await scene.changeNode('c', {});
    await scene.changeNode('d', { allocatable: { cpu: '8' } });
    await scene.clock.advanceBy(2000);
    const nodeNames = (await scene.pods()).map(({ spec }) => spec.nodeName);
    expect(nodeNames.sort()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('is not tried for a change that cannot help it', async () => {
    const scene = await rig();
    await scene.node('a', { allocatable: { cpu: '1' } });
    await scene.pod('web', big);
    await scene.changeNode('a', { allocatable: { cpu: '2' } });
    await scene.node('b', { allocatable: { cpu: '1' } });
    await scene.clock.advanceBy(60_000);
    expect(scene.events).toHaveLength(1);
    await scene.node('c', { labels: { any: 'thing' } });
    expect(await scene.nodeOf('web')).toBe('c');
  });

  it.each<[string, (scene: SchedulerRig) => Promise<void>]>([
    ['is deleted', (scene) => scene.remove('first')],
    ['ends', (scene) => scene.finish('first')],
    [
      'asks for less',
      async (scene) => {
        await scene.objects.patchWith('Pod', 'default', 'first', (now) => ({
          ...now,
          spec: { ...now.spec, ...specOf({ cpu: '1' }) },
        }));
        await scene.settle();
      },
    ],
  ])('gets the room of another one that %s', async (_, free) => {
    const scene = await rig();
    await scene.node('a');
    await scene.pod('first', big);
    await scene.pod('second', big);
    expect(await scene.nodeOf('second')).toBeUndefined();
    await free(scene);
    expect(await scene.nodeOf('second')).toBe('a');
  });

  it('gets a node when it wants less itself', async () => {
    const scene = await rig();
    await scene.node('a', { taints: [{ key: 'x', effect: 'NoSchedule' }] });
    await scene.pod('web');
    await scene.objects.patchWith('Pod', 'default', 'web', (now) => ({
      ...now,
      spec: { ...now.spec, tolerations: [{ operator: 'Exists' }] },
    }));
    await scene.settle();
    expect(await scene.nodeOf('web')).toBe('a');
  });

  it('is one of very many, and costs the others nothing', async () => {
    const scene = await rig();
    await scene.node('a');
    for (let i = 0; i < 300; i += 1)
      await scene.objects.create(podObject(`hopeless-${i}`, specOf({ cpu: '99' })));
    await scene.settle();
    await scene.pod('web');
    expect(await scene.nodeOf('web')).toBe('a');
    await scene.clock.advanceBy(1000);
    expect(await scene.condition('hopeless-299')).toMatchObject({ reason: 'Unschedulable' });
  });
});

describe('acceptance', () => {
  it('32: no node fits; the event and the condition say so; a node is added and the pod is scheduled', async () => {
    const scene = await rig();
    await scene.node('a', { allocatable: { cpu: '1', memory: '1Gi' } });
    await scene.node('b', { allocatable: { cpu: '1', memory: '8Gi' } });
    await scene.node('c', { allocatable: { cpu: '4', memory: '1Gi' } });
    await scene.pod('filler', specOf({ cpu: '500m' }, { nodeName: 'c' }));
    await scene.changeNode('c', { allocatable: { cpu: '2', memory: '8Gi' } });
    await scene.changeNode('a', { allocatable: { cpu: '4', memory: '1Gi' } });
    await scene.pod('web', specOf({ cpu: '1800m', memory: '2Gi' }));
    const message =
      '0/3 nodes are available: 1 Insufficient memory, 2 Insufficient cpu. ' +
      'preemption: 0/3 nodes are available: 1 No preemption victims found for incoming pod, ' +
      '2 Preemption is not helpful for scheduling.';
    expect(scene.events).toEqual([`web: FailedScheduling: ${message}`]);
    expect(await scene.condition('web')).toMatchObject({
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message,
    });
    await scene.clock.advanceBy(20_000);
    await scene.node('d');
    await scene.clock.advanceBy(10_000);
    expect(await scene.nodeOf('web')).toBe('d');
    expect(await scene.condition('web')).toMatchObject({ status: 'True' });
  });

  it('33: two schedulers bind one pod; one wins, the other forgets what it assumed', async () => {
    const clock = new TestClock();
    const store = createMemoryStore();
    // Neither hears of the other before it has decided itself.
    let release = () => {};
    const both = new Promise<void>((resolve) => {
      release = resolve;
    });
    const refusals: unknown[] = [];
    let asked = 0;
    const late = (objects: ObjectStore): ObjectStore => ({
      ...objects,
      async bind(binding, signal) {
        asked += 1;
        if (asked === 2) release();
        await both;
        return await objects.bind(binding, signal).catch((error: unknown) => {
          refusals.push(error);
          throw error;
        });
      },
    });
    const [one, two] = [
      await rig({ clock, store, objects: late, seed: 'one' }),
      await rig({ clock, store, objects: late, seed: 'two' }),
    ];
    await one.node('a');
    await one.pod('web', big);
    await clock.advanceBy(1000);
    expect(await one.nodeOf('web')).toBe('a');
    expect(refusals).toMatchObject([
      {
        code: 'CONFLICT',
        message:
          'Operation cannot be fulfilled on pods/binding "web": pod web is already assigned to node "a"',
      },
    ]);
    expect([...one.events, ...two.events]).toEqual([
      'web: Scheduled: Successfully assigned default/web to a',
    ]);
    // What the loser assumed is the pod itself by now, and no more than that: it takes the room of one.
    await one.pod('next', specOf({ cpu: '1' }));
    await clock.advanceBy(1000);
    expect(await one.nodeOf('next')).toBe('a');
  });
});

describe('a binding that goes wrong', () => {
  const failing = (times: number, error: () => unknown, isWritten = false) => {
    let left = times;
    return (objects: ObjectStore): ObjectStore => ({
      ...objects,
      async bind(binding, signal) {
        if (left === 0) return await objects.bind(binding, signal);
        left -= 1;
        if (isWritten) await objects.bind(binding, signal);
        throw error();
      },
    });
  };
  const lost = () => new MooringError('OUTCOME_UNKNOWN', 'the reply was lost');

  it('is said, and tried again after a back-off', async () => {
    const scene = await rig({ objects: failing(2, () => new Error('the store is ill')) });
    await scene.node('a');
    await scene.pod('web');
    expect(await scene.condition('web')).toMatchObject({
      status: 'False',
      reason: 'SchedulerError',
      message: 'the store is ill',
    });
    expect(scene.events).toEqual(['web: FailedScheduling: the store is ill']);
    await scene.clock.advanceBy(999);
    expect(scene.events).toHaveLength(1);
    await scene.clock.advanceBy(1);
    expect(scene.events).toHaveLength(2);
    await scene.clock.advanceBy(2000);
    expect(await scene.nodeOf('web')).toBe('a');
  });

  it('has gone well, where only the answer was lost', async () => {
    const scene = await rig({ objects: failing(1, lost, true) });
    await scene.node('a');
    await scene.pod('web');
    expect(scene.events).toEqual(['web: Scheduled: Successfully assigned default/web to a']);
  });

  it('keeps its room as long as nobody knows whether it was written', async () => {
    const scene = await rig({ objects: failing(1, lost) });
    await scene.node('a');
    await scene.pod('first', big);
    await scene.pod('second', big);
    expect([await scene.nodeOf('first'), await scene.nodeOf('second')]).toEqual([undefined, undefined]);
    await scene.clock.advanceBy(2000);
    expect([await scene.nodeOf('first'), await scene.nodeOf('second')]).toEqual(['a', undefined]);
  });

  it('is no business of anybody once the pod is gone', async () => {
    const objects = (inner: ObjectStore): ObjectStore => ({
      ...inner,
      async bind(binding, signal) {
        await inner.delete('Pod', 'default', binding.name, { gracePeriodSeconds: 0 });
        return await inner.bind(binding, signal);
      },
    });
    const scene = await rig({ objects });
    await scene.node('a');
    await scene.pod('web', big);
    await scene.clock.advanceBy(60_000);
    expect(scene.events).toEqual([]);
  });

  it('is tried again where the store answers from a time when there was no such pod', async () => {
    const stale = () => new MooringError('NOT_FOUND', 'pods/default/web not found');
    const scene = await rig({ objects: failing(2, stale) });
    await scene.node('a');
    await scene.pod('web');
    expect(await scene.nodeOf('web')).toBeUndefined();
    await scene.clock.advanceBy(5000);
    expect(scene.events).toEqual(['web: Scheduled: Successfully assigned default/web to a']);
  });

  it('that never ends is given up after its time', async () => {
    let calls = 0;
    const objects = (inner: ObjectStore): ObjectStore => ({
      ...inner,
      bind: (binding, signal) => {
        calls += 1;
        return calls === 1 ? new Promise<never>(() => {}) : inner.bind(binding, signal);
      },
    });
    const scene = await rig({ objects });
    await scene.node('a');
    await scene.pod('web');
    await scene.clock.advanceBy(29_999);
    expect(await scene.nodeOf('web')).toBeUndefined();
    await scene.clock.advanceBy(2000);
    expect(await scene.nodeOf('web')).toBe('a');
  });
});

describe('a pod that cannot be judged', () => {
  it.each<[string, object]>([
    ['its needs', { containers: 7 }],
    ['what it tolerates', { ...specOf(), tolerations: 7 }],
  ])('is reported by itself, and keeps nobody else out: %s', async (_, spec) => {
    const scene = await rig();
    await scene.node('a');
    await scene.node('b', { taints: [{ key: 'x', effect: 'NoSchedule' }] });
    await scene.pod('poison', spec as PodSpec);
    await scene.pod('web');
    expect(await scene.nodeOf('web')).toBe('a');
    expect(await scene.condition('poison')).toMatchObject({
      reason: 'SchedulerError',
      message: expect.stringContaining('is not'),
    });
    expect(scene.events[0]).toMatch(/^poison: FailedScheduling: .* is not /);
  });
});

describe('the scheduler', () => {
  it('ends with nothing left to be done', async () => {
    const scene = await rig();
    await scene.node('a');
    await scene.pod('web', specOf({ cpu: '99' }));
    await scene.end();
    expect([scene.clock.pending, scene.directory.list()]).toEqual([0, []]);
  });

  it('can be asked what it does', async () => {
    const scene = await rig();
    await scene.node('a');
    await scene.pod('web');
    await scene.pod('big', specOf({ cpu: '99' }));
    const snapshot = scene.directory.lookup('scheduler/default')?.getSnapshot();
    expect(snapshot.context).toEqual({ waiting: 1, unschedulable: 1, placed: 1 });
  });

  it('has back-offs of the length that it is given', async () => {
    const ill = (objects: ObjectStore): ObjectStore => ({
      ...objects,
      bind: () => Promise.reject(new Error('ill')),
    });
    const settings = { backOffMs: 3000, backOffMsMax: 5000 };
    const scene = await rig({ objects: ill, settings });
    await scene.node('a');
    await scene.pod('web');
    const times: number[] = [];
    for (let second = 1; second <= 14; second += 1) {
      const before = scene.events.length;
      await scene.clock.advanceBy(1000);
      if (scene.events.length > before) times.push(second);
    }
    expect(times).toEqual([3, 8, 13]);
  });
});

describe('bindings', () => {
  it('are limited by nothing but 100 that are under way', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    let asked = 0;
    const slow = (objects: ObjectStore): ObjectStore => ({
      ...objects,
      async bind(binding, signal) {
        asked += 1;
        await gate;
        return await objects.bind(binding, signal);
      },
    });
    const scene = await rig({ objects: slow });
    await scene.node('a', { allocatable: { cpu: '1000', memory: '1Ti', pods: '1000' } });
    for (let i = 0; i < 250; i += 1) await scene.pod(`web-${i}`, specOf({ cpu: '1m' }));
    expect(asked).toBe(100);
    release();
    await scene.settle();
    await scene.clock.advanceBy(100);
    expect((await scene.pods()).filter(({ spec }) => spec.nodeName === 'a')).toHaveLength(250);
  });
});
