/** Nodes that fall silent, as users see it from the outside: when they are given up, and what becomes of their pods. */

import { describe, expect, it } from 'vitest';
import { podGCController } from '../../../src/controller/pod-gc/pod-gc-controller.ts';
import { NodesScene } from './nodes-scene.ts';

describe('one of three nodes is killed', () => {
  it('is noticed after 40 to 60 s, its pods go after 340 to 360 s, and are gone 40 to 80 s after their node', async () => {
    await using scene = new NodesScene();
    await scene.start([...scene.controllers, podGCController()]);
    await scene.addNodes(3);
    await scene.addPod('web', 'n1');
    await scene.pass(97);
    scene.silence('n1');
    await scene.pass(400);
    const [lostS = 0, deletedS = 0] = [scene.seen('n1 ready Unknown'), scene.seen('web deleted')];
    expect(lostS - 97).toBeGreaterThanOrEqual(40);
    expect(lostS - 97).toBeLessThanOrEqual(60);
    expect(scene.seen('web not ready')).toBe(lostS);
    expect(scene.seen('n1 unreachable:NoSchedule')).toBe(lostS);
    expect(scene.seen('n1 unreachable:NoExecute')).toBe(lostS);
    expect(deletedS - 97).toBeGreaterThanOrEqual(340);
    expect(deletedS - 97).toBeLessThanOrEqual(360);
    // Nobody confirms that it has ended.
    await scene.pass(3600);
    expect(scene.seen('web gone')).toBeUndefined();
    const fromS = scene.nowS;
    await scene.rig.objects.delete('Node', undefined, 'n1');
    await scene.pass(100);
    const goneS = (scene.seen('web gone') ?? 0) - fromS;
    expect(goneS).toBeGreaterThanOrEqual(40);
    expect(goneS).toBeLessThanOrEqual(80);
  });

  it('is told in events', async () => {
    await using scene = await new NodesScene().start();
    await scene.addNodes(3);
    await scene.addPod('web', 'n1');
    await scene.pass(10);
    scene.silence('n1');
    await scene.pass(400);
    expect(scene.eventsAbout('Node/n1')).toEqual(['RegisteredNode', 'NodeNotReady']);
    expect(scene.eventsAbout('Pod/web')).toEqual(['NodeNotReady', 'TaintManagerEviction']);
    const messages = scene.rig.events.map(
      ({ component, type, message }) => `${component} ${type} ${message}`,
    );
    expect(messages).toContain('node-controller Normal Node n1 event: Registered Node n1 in Controller');
    expect(messages).toContain('node-controller Normal Node n1 status is now: NodeNotReady');
    expect(messages).toContain('node-controller Warning Node is not ready');
    expect(messages).toContain('taint-eviction-controller Normal Marking for deletion Pod default/web');
    const pod = await scene.rig.objects.get('Pod', 'default', 'web');
    expect(pod?.status?.conditions?.find(({ type }) => type === 'DisruptionTarget')).toMatchObject({
      status: 'True',
      reason: 'DeletionByTaintManager',
      message: 'Taint manager: deleting due to NoExecute taint',
    });
  });
});

describe('the node returns', () => {
  it('after 200 s: no pod goes, and its taints are gone within 5 s', async () => {
    await using scene = await new NodesScene().start();
    await scene.addNodes(3);
    await scene.addPod('web', 'n1');
    await scene.pass(10);
    scene.silence('n1');
    await scene.pass(200);
    expect(await scene.taints('n1')).toEqual(['unreachable:NoExecute', 'unreachable:NoSchedule']);
    scene.speak('n1');
    await scene.pass(5);
    expect(await scene.taints('n1')).toEqual([]);
    await scene.pass(3600);
    expect(scene.seen('web deleted')).toBeUndefined();
    expect(scene.eventsAbout('Pod/web')).toEqual(['NodeNotReady', 'TaintManagerEviction']);
    expect(scene.rig.events.at(-1)?.message).toBe('Cancelling deletion of Pod default/web');
    expect((await scene.node('n1')).metadata.annotations ?? {}).toEqual({});
  });

  it('after 400 s: the pod is on its way out and stays so', async () => {
    await using scene = await new NodesScene().start();
    await scene.addNodes(3);
    await scene.addPod('web', 'n1');
    await scene.pass(10);
    scene.silence('n1');
    await scene.pass(400);
    scene.speak('n1');
    await scene.pass(60);
    const pod = await scene.rig.objects.get('Pod', 'default', 'web');
    expect(pod?.metadata.deletionTimestamp).toBeDefined();
    expect(await scene.taints('n1')).toEqual([]);
  });
});

describe('two of twenty nodes are killed in the same second', () => {
  it('and the second is tainted 10 s after the first, or later', async () => {
    await using scene = await new NodesScene().start();
    await scene.addNodes(20);
    await scene.pass(10);
    scene.silence('n7', 'n12');
    await scene.pass(120);
    const [first = 0, second = 0] = [
      scene.seen('n12 unreachable:NoExecute'),
      scene.seen('n7 unreachable:NoExecute'),
    ];
    expect(scene.seen('n7 ready Unknown')).toBe(scene.seen('n12 ready Unknown'));
    expect(second - first).toBeGreaterThanOrEqual(10);
    expect(second - first).toBeLessThanOrEqual(15);
  });
});

describe('all nodes are silent', () => {
  it('and nobody is driven out; the first one that is back gives all others 50 s more', async () => {
    await using scene = await new NodesScene().start();
    await scene.addNodes(5);
    await scene.addPod('web', 'n1');
    await scene.addPod('db', 'n2');
    await scene.pass(10);
    scene.silence('n1');
    await scene.pass(100);
    expect(await scene.taints('n1')).toContain('unreachable:NoExecute');
    scene.silence('n2', 'n3', 'n4', 'n5');
    await scene.pass(3600);
    for (const name of ['n1', 'n2', 'n3', 'n4', 'n5'])
      expect(await scene.taints(name)).toEqual(['unreachable:NoSchedule']);
    expect(scene.seen('web deleted')).toBeUndefined();
    const fromS = scene.nowS;
    scene.speak('n5');
    scene.speak('n4');
    scene.speak('n3');
    await scene.pass(45);
    expect(await scene.taints('n1')).toEqual(['unreachable:NoSchedule']);
    await scene.pass(20);
    expect(await scene.taints('n1')).toContain('unreachable:NoExecute');
    await scene.pass(400);
    expect((scene.seen('web deleted') ?? 0) - fromS).toBeGreaterThanOrEqual(350);
  });
});

describe('the controller is started anew in the middle of an outage', () => {
  it.each([
    { intoS: 30, what: 'what was silent before counts, as if nothing had happened', lostS: [40, 60] },
    { intoS: 10, what: 'nothing was noted yet, and the grace period begins anew', lostS: [60, 65] },
  ])('$intoS s into it: $what', async ({ intoS, lostS: [atLeastS = 0, atMostS = 0] }) => {
    await using scene = await new NodesScene().start();
    await scene.addNodes(3);
    await scene.pass(100);
    scene.silence('n1');
    await scene.pass(intoS);
    await scene.restartControllers();
    await scene.pass(100);
    const lostS = (scene.seen('n1 ready Unknown') ?? 0) - 100;
    expect(lostS).toBeGreaterThanOrEqual(atLeastS);
    expect(lostS).toBeLessThanOrEqual(atMostS);
  });

  it.each([0, 60, 200])(
    'while its pods wait, down for %i s: they go at the time that was set',
    async (downS) => {
      await using scene = await new NodesScene().start();
      await scene.addNodes(3);
      await scene.addPod('web', 'n1');
      await scene.pass(100);
      scene.silence('n1');
      await scene.pass(80);
      const taintedS = scene.seen('n1 unreachable:NoExecute') ?? 0;
      await scene.restartControllers(downS);
      await scene.pass(400);
      expect(scene.seen('web deleted')).toBe(taintedS + 300);
    },
  );

  it('after their time was over: they go at once', async () => {
    await using scene = await new NodesScene().start();
    await scene.addNodes(3);
    await scene.addPod('web', 'n1');
    await scene.pass(100);
    scene.silence('n1');
    await scene.pass(80);
    await scene.restartControllers(1000);
    expect(scene.seen('web deleted')).toBe(scene.nowS);
  });
});
