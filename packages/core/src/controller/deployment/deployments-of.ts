/** Which Deployments have to be looked at because something of theirs changed. */

import { parseLabelSelector } from '../../api/label-selector.ts';
import type { Labels } from '../../api/meta.ts';
import type { StoredPod } from '../../api/pod.ts';
import { selectorMatches } from '../../api/selector.ts';
import type { ControllerCaches, ObjectChange, ReconcileRequest } from '../../contract/controller.ts';
import { controllerUIDIndex } from '../../store/common-indices.ts';
import { requestFor } from '../controller-host.ts';
import { claimantsOf, ownersOf } from '../replication/claimants-of.ts';
import type { StoredDeployment, StoredReplicaSet } from './rollout.ts';

export function deploymentsOfReplicaSet(
  change: ObjectChange<StoredReplicaSet>,
  caches: ControllerCaches,
): readonly ReconcileRequest[] {
  const cache = caches.cache('Deployment');
  return claimantsOf(change, { kind: 'Deployment', cache, selects });
}

/** The last pod of a Deployment is gone: with Recreate that is what the new ReplicaSet waits for. */
export function deploymentsOfPod(
  { object, isDeleted }: ObjectChange<StoredPod>,
  caches: ControllerCaches,
): readonly ReconcileRequest[] {
  if (!isDeleted) return [];
  const replicaSets = caches.cache('ReplicaSet');
  const pods = caches.cache('Pod');
  const hasNoPods = ({ metadata }: StoredDeployment) =>
    replicaSets
      .byIndex(controllerUIDIndex, metadata.uid)
      .every((one) => pods.byIndex(controllerUIDIndex, one.metadata.uid).length === 0);
  return ownersOf(object, { kind: 'ReplicaSet', cache: replicaSets })
    .flatMap((one) => ownersOf(one, { kind: 'Deployment', cache: caches.cache('Deployment') }))
    .filter(hasNoPods)
    .map(({ metadata }) => requestFor(metadata));
}

/** A selector that cannot be read, or that takes everything, takes nothing. */
function selects({ spec }: StoredDeployment, labels: Labels): boolean {
  const parsed = parseLabelSelector(spec.selector);
  return (
    parsed.ok &&
    parsed.value !== undefined &&
    parsed.value.length > 0 &&
    selectorMatches(parsed.value, labels)
  );
}
