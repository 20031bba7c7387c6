import type { Read } from '../../api/known-kinds.ts';
import type { ReconcileOutcome } from '../../contract/controller.ts';
import { errorMessage, hasCode } from '../../contract/error.ts';
import { controllerOf } from '../../store/common-indices.ts';
import { isNamespaceTerminating } from '../../store/namespace-life.ts';
import { sizeOf } from './deployment-spec.ts';
import { type Look, tell, tellScaled, writeProgress, writeRevision, writeStatus } from './look.ts';
import { type NewReplicaSet, newReplicaSetFor } from './new-replica-set.ts';
import { isSameTemplate } from './pod-template.ts';
import { createdCondition, createErrorCondition, noted, progressReasons } from './progress.ts';
import { revisionOf } from './revision.ts';
import type { Rollout, StoredDeployment } from './rollout.ts';

/** Ends the look: what follows is decided when the new ReplicaSet is seen. */
export async function createNewReplicaSet(
  rollout: Rollout,
  look: Look,
): Promise<ReconcileOutcome | undefined> {
  const created = await create(rollout.deployment, newReplicaSetFor(rollout), look);
  if (created === undefined) return undefined;
  const { name } = created.metadata;
  tellScaled(rollout.deployment, name, { from: 0, to: sizeOf(created) }, look);
  const deployment = await writeRevision(rollout.deployment, revisionOf(created), look);
  const said = createdCondition(name, look.context.clock.now());
  return await writeProgress({ ...rollout, deployment, newReplicaSet: created }, look, said);
}

/** `undefined` when the name is taken, and everything that follows from it is done. */
async function create(
  deployment: StoredDeployment,
  wanted: NewReplicaSet,
  look: Look,
): Promise<Read<NewReplicaSet> | undefined> {
  const { context, signal } = look;
  try {
    return await context.objects.create(wanted, { signal });
  } catch (error) {
    signal.throwIfAborted();
    if (hasCode(error, 'ALREADY_EXISTS')) return await settleCollision(deployment, wanted, error, look);
    // Its namespace is being emptied: there is nobody left to tell.
    if (isNamespaceTerminating(error)) throw error;
    const message = `Failed to create new replica set "${wanted.metadata.name}": ${errorMessage(error)}`;
    tell(deployment, 'Warning', progressReasons.createError, message, look);
    const condition = createErrorCondition(message, context.clock.now());
    await writeStatus(deployment, noted(deployment, condition).status, look);
    throw error;
  }
}

/**
 * The name is taken. By our own ReplicaSet for this template, which the cache has yet to show: then nothing is to be done.
 * Otherwise two templates have one hash, or somebody chose that name, and the next look tries another one.
 */
async function settleCollision(
  deployment: StoredDeployment,
  { metadata, spec }: NewReplicaSet,
  error: unknown,
  look: Look,
): Promise<undefined> {
  const { context, signal } = look;
  const taken = await context.objects.get('ReplicaSet', metadata.namespace, metadata.name, signal);
  if (taken === undefined) throw error;
  const isOurs = controllerOf(taken)?.uid === deployment.metadata.uid;
  if (isOurs && isSameTemplate(taken.spec.template, spec.template)) return;
  const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
  context.logger.info({ collisionCount }, 'the name of the new replica set is taken; choosing another');
  await writeStatus(deployment, { ...deployment.status, collisionCount }, look);
}
