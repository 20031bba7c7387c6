import { describe, expect, it } from 'vitest';
import { DeploymentWorld, running } from './deployment-world.ts';

describe('a new Deployment', () => {
  it('makes a ReplicaSet, says so, and is complete when its pods are available', async () => {
    await using world = await DeploymentWorld.start();
    await world.create({ replicas: 3 });
    expect(await world.sizes()).toEqual({ 'web:1': 3 });
    await world.pass(5);
    const { metadata, status } = await world.deployment();
    expect(metadata.annotations).toEqual({ 'deployment.kubernetes.io/revision': '1' });
    expect(status).toMatchObject({
      observedGeneration: 1,
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      unavailableReplicas: 0,
      terminatingReplicas: 0,
    });
    expect(await world.condition('Progressing')).toMatchObject({
      status: 'True',
      reason: 'NewReplicaSetAvailable',
    });
    expect(await world.events()).toEqual(['ScalingReplicaSet: Scaled up replica set web:1 from 0 to 3']);
    expect(world.reasons).toEqual(['NewReplicaSetCreated', 'ReplicaSetUpdated', 'NewReplicaSetAvailable']);
    expect(world.facts('deployment.rolled-out')).toEqual([{ revision: 1 }]);
  });

  it('is at rest then: it is not looked at again', async () => {
    await using world = await running({ replicas: 3 });
    const [host] = world.rig.hosts;
    const looks = host?.looks;
    await world.pass(86_400);
    expect(host?.looks).toBe(looks);
  });
});

describe('a rolling update', () => {
  it('of 15: new 4, old 15 to 12, new 7; with three that terminate 22 pods exist at once', async () => {
    await using world = await running({ replicas: 15 }, { endMs: 20_000 });
    await world.change({ image: 'web:2' });
    await world.pass(0);
    expect(await world.sizes()).toEqual({ 'web:1': 12, 'web:2': 7 });
    expect((await world.events()).slice(1)).toEqual([
      'ScalingReplicaSet: Scaled up replica set web:2 from 0 to 4',
      'ScalingReplicaSet: Scaled down replica set web:1 from 15 to 12',
      'ScalingReplicaSet: Scaled up replica set web:2 from 4 to 7',
    ]);
    expect((await world.pods()).total).toBe(22);
    expect((await world.deployment()).status).toMatchObject({ replicas: 19, terminatingReplicas: 3 });
  });

  it('ends with the new pods only, never more than 19 wanted and never fewer than 12 ready', async () => {
    await using world = await running({ replicas: 15 });
    const extremes = world.extremes();
    await world.change({ image: 'web:2' });
    await world.pass(30);
    expect(await world.sizes()).toEqual({ 'web:1': 0, 'web:2': 15 });
    expect(await world.pods()).toEqual({ ready: { 'web:2': 15 }, total: 15 });
    expect(extremes).toEqual({ wantedMax: 19, readyMin: 12 });
    expect(world.facts('deployment.rolled-out')).toEqual([{ revision: 1 }, { revision: 2 }]);
  });

  it('of one pod starts the new one before the old one goes', async () => {
    await using world = await running({ replicas: 1 });
    const extremes = world.extremes();
    await world.change({ image: 'web:2' });
    await world.pass(10);
    expect(await world.pods()).toEqual({ ready: { 'web:2': 1 }, total: 1 });
    expect(extremes).toEqual({ wantedMax: 2, readyMin: 1 });
  });

  it('waits for new pods to be ready for minReadySeconds', async () => {
    await using world = await running({ replicas: 1 });
    await world.change({ image: 'web:2', minReadySeconds: 30 });
    await world.pass(25);
    expect(await world.sizes()).toEqual({ 'web:1': 1, 'web:2': 1 });
    await world.pass(10);
    expect(await world.sizes()).toEqual({ 'web:1': 0, 'web:2': 1 });
    await world.change({ minReadySeconds: 5 });
    await world.pass(1);
    expect((await world.replicaSets())['web:2']?.spec.minReadySeconds).toBe(5);
  });

  it('that is overtaken by another one empties both that came before', async () => {
    await using world = await running({ replicas: 4 }, { isBroken: (image) => image === 'web:2' });
    const extremes = world.extremes();
    await world.change({ image: 'web:2' });
    await world.pass(10);
    await world.change({ image: 'web:3' });
    await world.pass(20);
    expect(await world.sizes()).toEqual({ 'web:1': 0, 'web:2': 0, 'web:3': 4 });
    expect(extremes).toEqual({ wantedMax: 5, readyMin: 3 });
  });

  it('keeps ten old revisions, and copies the annotations of its time to each', async () => {
    await using world = await running({ replicas: 1 });
    for (let revision = 2; revision <= 13; revision += 1) {
      const annotations = { 'kubernetes.io/change-cause': `number ${revision}` };
      await world.change({ image: `web:${revision}` }, annotations);
      await world.pass(10);
    }
    const history = await world.rollout.history('Deployment/default/web');
    expect(history.map(({ revision }) => revision)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    expect(history[0]).toMatchObject({
      changeCause: 'number 3',
      template: { spec: { containers: [{ image: 'web:3' }] } },
    });
  });
});

describe('a limit of the history', () => {
  it('is kept to once a rollout is complete, not before', async () => {
    const limited = { replicas: 2, revisionHistoryLimit: 1 };
    await using world = await running(limited, { isBroken: (image) => image === 'web:3' });
    for (const image of ['web:2', 'web:3']) {
      await world.change({ image });
      await world.pass(20);
    }
    expect(await world.sizes()).toEqual({ 'web:1': 0, 'web:2': 2, 'web:3': 1 });
    await world.change({ image: 'web:4' });
    await world.pass(20);
    expect(await world.sizes()).toEqual({ 'web:3': 0, 'web:4': 2 });
  });
});

describe('a rollout that gets stuck', () => {
  const isBroken = (image: string) => image === 'web:bad';

  it('fails 600 s after its last progress; old pods go on serving and nothing is rolled back', async () => {
    await using world = await running({ replicas: 4 }, { isBroken });
    const extremes = world.extremes();
    await world.change({ image: 'web:bad' });
    await world.pass(599);
    expect(await world.progress()).toBe('ReplicaSetUpdated');
    await world.pass(3);
    expect(await world.condition('Progressing')).toMatchObject({
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
    });
    expect(world.facts('deployment.timed-out')).toEqual([{ revision: 2 }]);
    await world.pass(3600);
    expect(await world.sizes()).toEqual({ 'web:1': 3, 'web:bad': 2 });
    expect((await world.pods()).ready).toEqual({ 'web:1': 3 });
    expect(extremes).toEqual({ wantedMax: 5, readyMin: 3 });
  });

  it('gets no more time from a controller that starts anew', async () => {
    const first = await running({ replicas: 4 }, { isBroken });
    await first.change({ image: 'web:bad' });
    await first.pass(400);
    const { store, clock } = first.rig;
    await first[Symbol.asyncDispose]();
    await using second = await DeploymentWorld.start({ isBroken, rig: { store, clock } });
    await second.pass(199);
    expect(await second.progress()).toBe('ReplicaSetUpdated');
    await second.pass(3);
    expect(await second.progress()).toBe('ProgressDeadlineExceeded');
  });

  it('goes on when the template is mended', async () => {
    await using world = await running({ replicas: 4 }, { isBroken });
    await world.change({ image: 'web:bad' });
    await world.pass(700);
    await world.change({ image: 'web:2' });
    await world.pass(20);
    expect(await world.progress()).toBe('NewReplicaSetAvailable');
    expect(await world.sizes()).toEqual({ 'web:1': 0, 'web:bad': 0, 'web:2': 4 });
  });

  it('says since when not everything is as desired, also when a finished Deployment breaks', async () => {
    let isBroken = false;
    await using world = await running({ replicas: 2 }, { isBroken: () => isBroken });
    expect(await world.condition('AsDesired')).toMatchObject({ status: 'True' });
    const [pod] = await world.rig.list('Pod');
    const nowMs = world.rig.clock.now();
    isBroken = true;
    await world.rig.objects.patchWith(
      'Pod',
      'default',
      pod?.metadata.name ?? '',
      (current) => ({ ...current, status: { ...current.status, conditions: [] } }),
      { subresource: 'status' },
    );
    await world.pass(0);
    const condition = await world.condition('AsDesired');
    expect(condition).toMatchObject({ status: 'False', reason: 'ReplicasMissing' });
    expect(Date.parse(condition?.lastTransitionTime ?? '')).toBe(nowMs);
    expect(await world.progress()).toBe('NewReplicaSetAvailable');
  });
});
