import { MooringError } from '../contract/error.ts';
import { sizeOf } from '../controller/deployment/deployment-spec.ts';
import { progressOf, progressReasons } from '../controller/deployment/progress.ts';
import { revisionOf } from '../controller/deployment/revision.ts';
import type { StoredDeployment } from '../controller/deployment/rollout.ts';

/** How far a rollout is, in the words of `kubectl rollout status`. */
export interface RolloutProgress {
  /** `Waiting for deployment "web" rollout to finish: 1 out of 3 new replicas have been updated...` */
  readonly message: string;
  readonly isDone: boolean;
}

/** What `kubectl rollout status` says. Throws where that ends with an error: `DEADLINE_EXCEEDED`, `CONFLICT`. */
export function rolloutProgress(
  deployment: StoredDeployment,
  revision: number | bigint = 0,
): RolloutProgress {
  const { metadata, status = {} } = deployment;
  const current = revisionOf(deployment);
  if (revision > 0 && BigInt(revision) !== current)
    throw new MooringError(
      'CONFLICT',
      `desired revision (${revision}) is different from the running revision (${current})`,
    );
  const waiting = (words: string) => ({ message: `Waiting for deployment ${words}...`, isDone: false });
  if ((metadata.generation ?? 0) > (status.observedGeneration ?? 0))
    return waiting('spec update to be observed');
  const name = JSON.stringify(metadata.name);
  if (progressOf(status)?.reason === progressReasons.timedOut)
    throw new MooringError('DEADLINE_EXCEEDED', `deployment ${name} exceeded its progress deadline`);
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  const wanted = sizeOf(deployment);
  const unfinished = (words: string) => waiting(`${name} rollout to finish: ${words}`);
  if (updatedReplicas < wanted)
    return unfinished(`${updatedReplicas} out of ${wanted} new replicas have been updated`);
  if (replicas > updatedReplicas)
    return unfinished(`${replicas - updatedReplicas} old replicas are pending termination`);
  if (availableReplicas < updatedReplicas)
    return unfinished(`${availableReplicas} of ${updatedReplicas} updated replicas are available`);
  return { message: `deployment ${name} successfully rolled out`, isDone: true };
}
