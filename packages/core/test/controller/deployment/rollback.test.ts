import { describe, expect, it } from 'vitest';
import { type DeploymentWorld, running } from './deployment-world.ts';

const request = 'deprecated.deployment.rollback.to';

/** Three revisions of one pod, each with a cause. */
async function threeRevisions(): Promise<DeploymentWorld> {
  const world = await running({ replicas: 1 });
  for (const revision of [2, 3]) {
    await world.change({ image: `web:${revision}` }, { cause: String(revision) });
    await world.pass(10);
  }
  return world;
}

async function imageAndAnnotations(world: DeploymentWorld) {
  const { metadata, spec } = await world.deployment();
  return { image: spec.template.spec.containers[0]?.image, annotations: metadata.annotations };
}

describe('a rollback by annotation', () => {
  it.each([
    ['0', 'web:2', '2', 'Rolled back deployment "web" to revision 2'],
    ['1', 'web:1', undefined, 'Rolled back deployment "web" to revision 1'],
  ])('to %s gives back the template and the annotations', async (to, image, cause, message) => {
    await using world = await threeRevisions();
    await world.change({}, { [request]: to });
    await world.pass(10);
    expect(await imageAndAnnotations(world)).toEqual({
      image,
      annotations: { 'deployment.kubernetes.io/revision': '4', ...(cause !== undefined && { cause }) },
    });
    expect(await world.events()).toContain(`DeploymentRollback: ${message}`);
    expect((await world.pods()).ready).toEqual({ [image]: 1 });
    expect(world.facts('deployment.rolled-back')).toEqual([{ revision: Number(message.slice(-1)) }]);
  });

  it.each([
    [
      '3',
      'DeploymentRollbackTemplateUnchanged: The rollback revision contains the same template as current deployment "web"',
    ],
    ['9', 'DeploymentRollbackRevisionNotFound: Unable to find the revision to rollback to.'],
  ])('to %s is taken off with a warning', async (to, event) => {
    await using world = await threeRevisions();
    await world.change({}, { [request]: to });
    await world.pass(10);
    const { image, annotations } = await imageAndAnnotations(world);
    expect([image, annotations?.[request]]).toEqual(['web:3', undefined]);
    expect(await world.events()).toContain(event);
  });

  it('says that there is nothing to go back to', async () => {
    await using world = await running({ replicas: 1 });
    await world.change({}, { [request]: '0' });
    await world.pass(10);
    expect(await world.events()).toContain(
      'DeploymentRollbackRevisionNotFound: Unable to find last revision.',
    );
  });

  it('waits while the Deployment is paused, and ignores what is no number', async () => {
    await using world = await threeRevisions();
    await world.change({ paused: true, revisionHistoryLimit: 0 }, { [request]: '1' });
    await world.pass(10);
    expect((await imageAndAnnotations(world)).image).toBe('web:3');
    // What it is to go back to is kept until then.
    expect(Object.keys(await world.sizes())).toHaveLength(3);
    await world.change({ paused: false }, { [request]: 'first' });
    await world.pass(10);
    expect((await imageAndAnnotations(world)).image).toBe('web:3');
  });
});

describe('the ReplicaSet that was rolled back to', () => {
  it('is used again, gets a new revision, and remembers the old ones', async () => {
    await using world = await threeRevisions();
    const before = (await world.replicaSets())['web:1']?.metadata.uid;
    for (const toRevision of [1, 3, 4]) {
      await world.rollout.undo('Deployment/default/web', { toRevision });
      await world.pass(10);
    }
    const { metadata } = (await world.replicaSets())['web:1'] ?? {};
    expect(metadata?.uid).toBe(before);
    expect(metadata?.annotations).toMatchObject({
      'deployment.kubernetes.io/revision': '6',
      'deployment.kubernetes.io/revision-history': '1,4',
    });
    const history = await world.rollout.history('Deployment/default/web');
    expect(history.map(({ revision }) => revision)).toEqual([2, 5, 6]);
  });
});
