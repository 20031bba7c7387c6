/** One look at a Deployment, in the order of Kubernetes. It ends after the step that changed something. */

import type { ReconcileOutcome } from '../../contract/controller.ts';
import { claimReplicaSets } from './claim-replica-sets.ts';
import { isRollingUpdate } from './deployment-spec.ts';
import { findReplicaSets } from './find-replica-sets.ts';
import { type Look, resizeReplicaSets, tell, writeStatus } from './look.ts';
import { foundCondition, noted, pauseCondition } from './progress.ts';
import { isScalingEvent, scaledSizes } from './proportional-scaling.ts';
import { rollBack } from './rollback.ts';
import { requestedRollback } from './rollback-target.ts';
import type { Rollout, StoredDeployment } from './rollout.ts';
import { deleteExpiredHistory, recreate, rollingUpdate, syncRevision } from './rollout-steps.ts';
import { selectorOf } from './selector.ts';
import { deploymentStatus } from './status.ts';

export async function syncDeployment(
  deployment: StoredDeployment,
  look: Look,
): Promise<ReconcileOutcome | undefined> {
  const { metadata, spec } = deployment;
  const selector = selectorOf(deployment);
  if (selector?.length === 0) return await refuseToSelectAll(deployment, look);
  const found = findReplicaSets(deployment, await claimReplicaSets(deployment, selector, look));
  if (metadata.deletionTimestamp !== undefined) return await reportCounts(found, look);
  const nowMs = look.context.clock.now();
  const said = pauseCondition(deployment, nowMs) ?? foundCondition(found, nowMs);
  if (said !== undefined) return await writeStatus(deployment, noted(deployment, said).status, look);
  const rollout = await syncRevision(found, look);
  const rollback = requestedRollback(deployment);
  if (spec.paused) {
    if (rollback === undefined) await deleteExpiredHistory(rollout, look);
    return await scale(rollout, look);
  }
  if (rollback !== undefined) return await rollBack(rollout, rollback, look);
  if (isScalingEvent(rollout)) return await scale(rollout, look);
  return isRollingUpdate(spec) ? await rollingUpdate(rollout, look) : await recreate(rollout, look);
}

async function refuseToSelectAll(deployment: StoredDeployment, look: Look): Promise<undefined> {
  const message = 'This deployment is selecting all pods. A non-empty selector is required.';
  tell(deployment, 'Warning', 'SelectingAll', message, look);
  const { generation } = deployment.metadata;
  if (generation !== undefined)
    await writeStatus(deployment, { ...deployment.status, observedGeneration: generation }, look);
}

/** Progress is not judged: nobody rolls out anything. */
async function scale(rollout: Rollout, look: Look): Promise<undefined> {
  await reportCounts(await resizeReplicaSets(rollout, scaledSizes(rollout), look), look);
}

async function reportCounts(rollout: Rollout, look: Look): Promise<undefined> {
  await writeStatus(rollout.deployment, deploymentStatus(rollout, look.context.clock.now()), look);
}
