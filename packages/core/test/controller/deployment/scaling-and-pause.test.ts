import { describe, expect, it } from 'vitest';
import { running } from './deployment-world.ts';

const isBroken = (image: string) => image === 'web:bad';

describe('scaling', () => {
  it('in the middle of a rollout keeps the shares of old and new, with the surge on top', async () => {
    const strategy = { rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } };
    await using world = await running({ replicas: 10, strategy }, { isBroken });
    await world.change({ image: 'web:bad' });
    await world.pass(10);
    expect(await world.sizes()).toEqual({ 'web:1': 8, 'web:bad': 5 });
    await world.change({ replicas: 20 });
    await world.pass(5);
    // 8 : 5 of 20 and 3 is 14 : 9.
    expect(await world.sizes()).toEqual({ 'web:1': 14, 'web:bad': 9 });
    expect((await world.events()).slice(-2)).toEqual([
      'ScalingReplicaSet: Scaled up replica set web:1 from 8 to 14',
      'ScalingReplicaSet: Scaled up replica set web:bad from 5 to 9',
    ]);
  });

  it('between rollouts concerns the one that has pods', async () => {
    await using world = await running({ replicas: 2 });
    await world.change({ image: 'web:2' });
    await world.pass(10);
    await world.change({ replicas: 7 });
    await world.pass(5);
    expect(await world.sizes()).toEqual({ 'web:1': 0, 'web:2': 7 });
    await world.change({ replicas: 0 });
    await world.pass(5);
    expect(await world.sizes()).toEqual({ 'web:1': 0, 'web:2': 0 });
    await world.change({ replicas: 3 });
    await world.pass(5);
    expect((await world.pods()).ready).toEqual({ 'web:2': 3 });
    expect(world.facts('deployment.scaled').at(-1)).toMatchObject({ from: 0, to: 3 });
  });

  it('to the size that its only ReplicaSet has already does not keep it from rolling out', async () => {
    await using world = await running({ replicas: 4 });
    const { name = '' } = (await world.replicaSets())['web:1']?.metadata ?? {};
    await world.change({ paused: true });
    await world.pass(1);
    // Somebody scales the ReplicaSet by hand, and then the Deployment to the same size.
    await world.rig.objects.patchWith('ReplicaSet', 'default', name, (current) => ({
      ...current,
      spec: { ...current.spec, replicas: 6 },
    }));
    await world.change({ replicas: 6, paused: false, image: 'web:2' });
    await world.pass(30);
    expect(await world.sizes()).toEqual({ 'web:1': 0, 'web:2': 6 });
  });
});

describe('a paused Deployment', () => {
  it('rolls nothing out until it is resumed', async () => {
    await using world = await running({ replicas: 4 });
    await world.rollout.pause('Deployment/default/web');
    await world.pass(1);
    expect(await world.condition('Progressing')).toMatchObject({
      status: 'Unknown',
      reason: 'DeploymentPaused',
      message: 'Deployment is paused',
    });
    await world.change({ image: 'web:2' });
    await world.pass(10_000);
    expect(await world.sizes()).toEqual({ 'web:1': 4 });
    expect(await world.progress()).toBe('DeploymentPaused');
    await world.rollout.resume('Deployment/default/web');
    await world.pass(20);
    expect(await world.sizes()).toEqual({ 'web:1': 0, 'web:2': 4 });
    expect(await world.progress()).toBe('NewReplicaSetAvailable');
  });

  it('that is resumed has its whole deadline before it', async () => {
    await using world = await running({ replicas: 4 }, { isBroken });
    await world.change({ image: 'web:bad' });
    await world.pass(500);
    await world.rollout.pause('Deployment/default/web');
    await world.pass(500);
    await world.rollout.resume('Deployment/default/web');
    await world.pass(1);
    expect(await world.progress()).toBe('DeploymentResumed');
    await world.pass(598);
    expect(await world.progress()).toBe('DeploymentResumed');
    await world.pass(3);
    expect(await world.progress()).toBe('ProgressDeadlineExceeded');
  });

  it('is scaled all the same, in shares; the sum is what is wanted and the surge', async () => {
    const strategy = { rollingUpdate: { maxSurge: 2, maxUnavailable: 2 } };
    await using world = await running({ replicas: 8, strategy }, { isBroken });
    await world.change({ image: 'web:bad' });
    await world.pass(10);
    expect(await world.sizes()).toEqual({ 'web:1': 6, 'web:bad': 4 });
    await world.change({ paused: true, replicas: 18 });
    await world.pass(10);
    expect(await world.sizes()).toEqual({ 'web:1': 12, 'web:bad': 8 });
    await world.change({ replicas: 3 });
    await world.pass(10);
    expect(await world.sizes()).toEqual({ 'web:1': 3, 'web:bad': 2 });
  });

  it('tidies up its history', async () => {
    await using world = await running({ replicas: 1 });
    await world.change({ image: 'web:2' });
    await world.pass(10);
    await world.change({ paused: true, revisionHistoryLimit: 0 });
    await world.pass(10);
    expect(await world.sizes()).toEqual({ 'web:2': 1 });
  });
});
