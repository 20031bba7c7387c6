/** What a look at a Deployment writes, and what it tells the world about it. Each write names the state it was made from. */

import type { EventType } from '../../api/objects.ts';
import type { DeploymentStatus, WorkloadCondition } from '../../api/workloads.ts';
import type { ReconcileContext, ReconcileOutcome } from '../../contract/controller.ts';
import { jsonEqual } from '../../store/json-equal.ts';
import { sizeOf } from './deployment-spec.ts';
import { noted, progressOf, progressReasons, recheckAfterMs, rolloutStatus } from './progress.ts';
import { revisionOf, withRevision, withSizes } from './revision.ts';
import type { Resize, Rollout, StoredDeployment, StoredReplicaSet } from './rollout.ts';

export interface Look {
  readonly context: ReconcileContext;
  readonly signal: AbortSignal;
}

/** One after the other; the first that fails ends it. Gives the rollout with the ReplicaSets as they were written. */
export async function resizeReplicaSets(
  rollout: Rollout,
  plan: readonly Resize[],
  look: Look,
): Promise<Rollout> {
  const written = new Map<StoredReplicaSet, StoredReplicaSet>();
  for (const resize of plan)
    written.set(resize.replicaSet, await resizeReplicaSet(rollout.deployment, resize, look));
  const latest = (replicaSet: StoredReplicaSet) => written.get(replicaSet) ?? replicaSet;
  const { newReplicaSet, oldReplicaSets } = rollout;
  return {
    ...rollout,
    newReplicaSet: newReplicaSet && latest(newReplicaSet),
    oldReplicaSets: oldReplicaSets.map(latest),
  };
}

async function resizeReplicaSet(
  deployment: StoredDeployment,
  { replicaSet, replicas }: Resize,
  look: Look,
): Promise<StoredReplicaSet> {
  const { metadata, spec } = replicaSet;
  const annotations = withSizes(metadata.annotations, deployment);
  const from = sizeOf(replicaSet);
  if (from === replicas && jsonEqual(annotations, metadata.annotations)) return replicaSet;
  const wanted = { ...replicaSet, metadata: { ...metadata, annotations }, spec: { ...spec, replicas } };
  const written = await look.context.objects.update(wanted, look.signal);
  tellScaled(deployment, metadata.name, { from, to: replicas }, look);
  return written;
}

export function tellScaled(
  deployment: StoredDeployment,
  replicaSet: string,
  { from, to }: { readonly from: number; readonly to: number },
  look: Look,
): void {
  if (from === to) return;
  const direction = to > from ? 'up' : 'down';
  const message = `Scaled ${direction} replica set ${replicaSet} from ${from} to ${to}`;
  tell(deployment, 'Normal', 'ScalingReplicaSet', message, look);
  look.context.publishFact('scaled', { replicaSet, from, to });
}

export function tell(
  deployment: StoredDeployment,
  type: EventType,
  reason: string,
  message: string,
  { context }: Look,
): void {
  context.recordEvent(deployment, { type, reason, message });
}

export async function writeRevision(
  deployment: StoredDeployment,
  revision: bigint,
  { context, signal }: Look,
): Promise<StoredDeployment> {
  if (revisionOf(deployment) === revision) return deployment;
  const annotations = withRevision(deployment.metadata.annotations, revision);
  const metadata = { ...deployment.metadata, annotations };
  return await context.objects.update({ ...deployment, metadata }, signal);
}

/**
 * Ends a look at a rollout: its status, with what this look has to say about its progress, and when to look at it again if
 * nothing happens.
 */
export async function writeProgress(
  rollout: Rollout,
  look: Look,
  said?: WorkloadCondition,
): Promise<ReconcileOutcome | undefined> {
  const { deployment } = rollout;
  const nowMs = look.context.clock.now();
  const current = said === undefined ? deployment : noted(deployment, said);
  const status = rolloutStatus({ ...rollout, deployment: current }, nowMs);
  await writeStatus(deployment, status, look);
  const leftMs = recheckAfterMs(deployment, status, nowMs);
  // Times are stored in whole seconds: a second more makes sure that the deadline is over.
  return leftMs === undefined ? undefined : { againAfterMs: leftMs + 1000 };
}

export async function writeStatus(
  deployment: StoredDeployment,
  status: DeploymentStatus,
  { context, signal }: Look,
): Promise<undefined> {
  if (jsonEqual(deployment.status ?? {}, status)) return;
  await context.objects.updateStatus({ ...deployment, status }, signal);
  const reason = progressOf(status)?.reason;
  if (reason === progressOf(deployment.status)?.reason) return;
  const revision = Number(revisionOf(deployment));
  if (reason === progressReasons.available) context.publishFact('rolled-out', { revision });
  if (reason === progressReasons.timedOut) context.publishFact('timed-out', { revision });
}
