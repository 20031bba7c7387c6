import type { Labels } from '../../api/meta.ts';
import { type Selector, selectorMatches } from '../../api/selector.ts';
import { controllerUIDIndex, orphanIndex } from '../../store/common-indices.ts';
import { claimObjects } from '../replication/claim-objects.ts';
import type { Look } from './look.ts';
import type { StoredDeployment, StoredReplicaSet } from './rollout.ts';

/** The ReplicaSets of the Deployment: those that it owns, and those of nobody that its selector takes. */
export async function claimReplicaSets(
  deployment: StoredDeployment,
  selector: Selector | undefined,
  { context, signal }: Look,
): Promise<readonly StoredReplicaSet[]> {
  const { namespace, uid } = deployment.metadata;
  const cache = context.cache('ReplicaSet');
  const candidates = [...cache.byIndex(controllerUIDIndex, uid), ...cache.byIndex(orphanIndex, namespace)];
  const matches = (labels: Labels) => selector !== undefined && selectorMatches(selector, labels);
  const { owned } = await claimObjects(
    { claimant: { owner: deployment, matches }, kind: 'ReplicaSet', candidates },
    context,
    signal,
  );
  return owned;
}
