import { describe, expect, it } from 'vitest';
import type { DeploymentStatus } from '../../src/api/workloads.ts';
import { rolloutProgress } from '../../src/cluster/rollout-progress.ts';
import { deployment } from '../controller/deployment/builders.ts';
import { running } from '../controller/deployment/deployment-world.ts';

const web = 'Deployment/default/web';
const isBroken = (image: string) => image === 'web:bad';

describe('undo', () => {
  it('goes back to the revision before, and forth again', async () => {
    await using world = await running({ replicas: 1 });
    await world.change({ image: 'web:2' });
    await world.pass(10);
    for (const image of ['web:1', 'web:2']) {
      expect(await world.rollout.undo(web)).toBe('rolled back');
      await world.pass(10);
      expect((await world.pods()).ready).toEqual({ [image]: 1 });
    }
  });

  it('goes back one step also when the template before it has not been acted on yet', async () => {
    await using world = await running({ replicas: 1 });
    await world.change({ image: 'web:2' });
    await world.pass(10);
    await world.change({ image: 'web:3' });
    expect(await world.rollout.undo(web)).toBe('rolled back');
    await world.pass(10);
    expect((await world.pods()).ready).toEqual({ 'web:2': 1 });
  });

  it('brings a broken rollout to a good end', async () => {
    await using world = await running({ replicas: 4 }, { isBroken });
    await world.change({ image: 'web:bad' });
    await world.pass(700);
    await expect(world.rollout.status(web)).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      message: 'deployment "web" exceeded its progress deadline',
    });
    await world.rollout.undo(web);
    const finished = world.rollout.finished(web);
    await world.pass(20);
    await finished;
    expect(await world.pods()).toEqual({ ready: { 'web:1': 4 }, total: 4 });
  });

  it('says that nothing is to be done', async () => {
    await using world = await running({ replicas: 1 });
    expect(await world.rollout.undo(web, { toRevision: 1 })).toBe(
      'skipped rollback (current template already matches revision 1)',
    );
  });

  it.each<[string, number, object]>([
    ['is not kept', 7, { code: 'NOT_FOUND', message: 'unable to find specified revision 7 in history' }],
    ['cannot be', -1, { code: 'NOT_FOUND', message: 'unable to find specified revision -1 in history' }],
    ['is none', 1.5, { code: 'INVALID', message: 'invalid revision 1.5: must be a whole number' }],
    ['is not there', 0, { code: 'NOT_FOUND', message: 'no rollout history found for deployment "web"' }],
  ])('refuses a revision that %s', async (_, toRevision, error) => {
    await using world = await running({ replicas: 1 });
    await expect(world.rollout.undo(web, { toRevision })).rejects.toMatchObject(error);
  });

  it('is refused while the Deployment is paused', async () => {
    await using world = await running({ replicas: 1 });
    await world.change({ image: 'web:2' });
    await world.pass(10);
    await world.rollout.pause(web);
    await expect(world.rollout.undo(web)).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message:
        'deployments.apps "web" is paused: you cannot rollback a paused deployment; resume it first and try again',
    });
    await world.pass(10);
    expect((await world.pods()).ready).toEqual({ 'web:2': 1 });
  });
});

describe('restart', () => {
  it('replaces every pod, once', async () => {
    await using world = await running({ replicas: 2 });
    const before = (await world.rig.list('Pod')).map(({ metadata }) => metadata.uid);
    await world.rollout.restart(web);
    await expect(world.rollout.restart(web)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await world.pass(20);
    const after = await world.rig.list('Pod');
    expect(after.filter(({ metadata }) => before.includes(metadata.uid))).toEqual([]);
    expect(after).toHaveLength(2);
    const { template } = (await world.deployment()).spec;
    expect(template.metadata?.annotations?.['kubectl.kubernetes.io/restartedAt']).toMatch(/^\d{4}-.*Z$/);
    await world.rollout.restart(web);
  });

  it('is refused while the Deployment is paused', async () => {
    await using world = await running({ replicas: 1 });
    await world.rollout.pause(web);
    await expect(world.rollout.restart(web)).rejects.toThrow(
      "can't restart paused deployment (run rollout resume first)",
    );
  });
});

describe('pause and resume', () => {
  it('say when there is nothing to change', async () => {
    await using world = await running({ replicas: 1 });
    await expect(world.rollout.resume(web)).rejects.toThrow('deployments.apps "web" is not paused');
    await world.rollout.pause(web);
    await expect(world.rollout.pause(web)).rejects.toThrow('deployments.apps "web" is already paused');
    await world.rollout.resume(web);
    expect((await world.deployment()).spec.paused).toBe(false);
  });
});

describe('a reference', () => {
  it.each([
    ['Deployment/default/none', 'NOT_FOUND', 'deployments.apps "none" not found'],
    ['ReplicaSet/default/web', 'INVALID', 'only a Deployment has rollouts'],
    ['web', 'INVALID', 'must be Kind/namespace/name'],
  ])('%s is refused by every function', async (reference, code, words) => {
    await using world = await running({ replicas: 1 });
    const { history, undo, restart, pause, resume, status, finished } = world.rollout;
    for (const each of [history, undo, restart, pause, resume, status, finished]) {
      const refusal = await each(reference).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(refusal).toMatchObject({ code, message: expect.stringContaining(words) });
    }
  });

  it('may leave the namespace out', async () => {
    await using world = await running({ replicas: 1 });
    expect((await world.rollout.status('Deployment/web')).isDone).toBe(true);
  });
});

describe('the status of a rollout', () => {
  const waiting = 'Waiting for deployment "web" rollout to finish:';
  it.each<[string, DeploymentStatus, boolean]>([
    ['Waiting for deployment spec update to be observed...', { observedGeneration: 1 }, false],
    [`${waiting} 1 out of 3 new replicas have been updated...`, { updatedReplicas: 1, replicas: 4 }, false],
    [`${waiting} 2 old replicas are pending termination...`, { updatedReplicas: 3, replicas: 5 }, false],
    [
      `${waiting} 1 of 3 updated replicas are available...`,
      { updatedReplicas: 3, replicas: 3, availableReplicas: 1 },
      false,
    ],
    [
      'deployment "web" successfully rolled out',
      { updatedReplicas: 3, replicas: 3, availableReplicas: 3 },
      true,
    ],
  ])('%s', (message, status, isDone) => {
    const current = deployment({ replicas: 3, generation: 2, status: { observedGeneration: 2, ...status } });
    expect(rolloutProgress(current)).toEqual({ message, isDone });
  });

  it('is that of one revision only, when it is named', async () => {
    await using world = await running({ replicas: 1 });
    expect(await world.rollout.status(web, { revision: 1 })).toMatchObject({ isDone: true });
    await expect(world.rollout.status(web, { revision: 2 })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: 'desired revision (2) is different from the running revision (1)',
    });
  });

  it('is waited for no longer than one wants', async () => {
    await using world = await running({ replicas: 1 }, { isBroken });
    await world.change({ image: 'web:bad' });
    const refusal = expect(world.rollout.finished(web, { timeoutMs: 5000 })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    await world.pass(6);
    await refusal;
  });
});
