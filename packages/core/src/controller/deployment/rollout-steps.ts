/** The steps of a rollout that are carried out, by either strategy. */

import type { StoredPod } from '../../api/pod.ts';
import type { ReconcileOutcome } from '../../contract/controller.ts';
import { hasCode } from '../../contract/error.ts';
import { controllerUIDIndex } from '../../store/common-indices.ts';
import { jsonEqual } from '../../store/json-equal.ts';
import { createNewReplicaSet } from './create-new-replica-set.ts';
import { expiredHistory } from './history.ts';
import { type Look, resizeReplicaSets, writeProgress, writeRevision } from './look.ts';
import { oldPodsRunning, resizesToZero } from './recreate.ts';
import { annotationsOfNew, highestRevision, revisionOf } from './revision.ts';
import { resizesOfNew, resizesOfOld } from './rolling-update.ts';
import type { Resize, Rollout } from './rollout.ts';
import { isComplete } from './status.ts';

type Outcome = Promise<ReconcileOutcome | undefined>;

/** The new ReplicaSet follows the annotations of its Deployment and has the highest revision, which the Deployment shows. */
export async function syncRevision(rollout: Rollout, look: Look): Promise<Rollout> {
  const { deployment, newReplicaSet, oldReplicaSets } = rollout;
  if (newReplicaSet === undefined) return rollout;
  const { metadata, spec } = newReplicaSet;
  const current = metadata.annotations ?? {};
  const annotations = annotationsOfNew(deployment, current, highestRevision(oldReplicaSets) + 1n);
  const { minReadySeconds = 0 } = deployment.spec;
  const isUpToDate = jsonEqual(annotations, current) && minReadySeconds === (spec.minReadySeconds ?? 0);
  const wanted = {
    ...newReplicaSet,
    metadata: { ...metadata, annotations },
    spec: { ...spec, minReadySeconds },
  };
  const written = isUpToDate ? newReplicaSet : await look.context.objects.update(wanted, look.signal);
  return {
    ...rollout,
    newReplicaSet: written,
    deployment: await writeRevision(deployment, revisionOf(written), look),
  };
}

export async function rollingUpdate(rollout: Rollout, look: Look): Outcome {
  if (rollout.newReplicaSet === undefined) return await createNewReplicaSet(rollout, look);
  const up = resizesOfNew(rollout);
  return await carryOut(rollout, up.length > 0 ? up : resizesOfOld(rollout), look);
}

export async function recreate(rollout: Rollout, look: Look): Outcome {
  const { newReplicaSet, oldReplicaSets } = rollout;
  const down = resizesToZero(oldReplicaSets);
  if (down.length > 0) return await carryOut(rollout, down, look);
  if (oldPodsRunning(oldReplicaSets, podsOfOld(rollout, look))) return await writeProgress(rollout, look);
  if (newReplicaSet === undefined) return await createNewReplicaSet(rollout, look);
  return await carryOut(rollout, resizesOfNew(rollout), look);
}

async function carryOut(rollout: Rollout, plan: readonly Resize[], look: Look): Outcome {
  const { deployment } = rollout;
  if (plan.length === 0 && isComplete(deployment, deployment.status ?? {}))
    await deleteExpiredHistory(rollout, look);
  return await writeProgress(await resizeReplicaSets(rollout, plan, look), look);
}

export async function deleteExpiredHistory(rollout: Rollout, { context, signal }: Look): Promise<void> {
  for (const { kind, metadata } of expiredHistory(rollout)) {
    const { namespace, name, uid, resourceVersion } = metadata;
    try {
      await context.objects.delete(kind, namespace, name, { uid, resourceVersion, signal });
    } catch (error) {
      // Gone is what it was to be.
      if (!hasCode(error, 'NOT_FOUND')) throw error;
    }
  }
}

/** Also those that have finished or are terminating. */
function podsOfOld({ oldReplicaSets }: Rollout, { context }: Look): readonly StoredPod[] {
  const pods = context.cache('Pod');
  return oldReplicaSets.flatMap(({ metadata }) => pods.byIndex(controllerUIDIndex, metadata.uid));
}
