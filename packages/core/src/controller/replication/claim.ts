/**
 * Who belongs to whom: the table by which a controller takes, keeps and lets go of objects. A reference
 * decides, not a selector: two controllers with overlapping selectors never fight over what either of them owns.
 */

import type { ApiObject, Labels } from '../../api/meta.ts';
import { controllerOf } from '../../store/common-indices.ts';
import type { Owner } from './owner-references.ts';

export type ClaimDecision =
  /** It is ours. */
  | 'keep'
  /** It is nobody's and should be ours. */
  | 'adopt'
  /** It is ours and should not be. */
  | 'release'
  /** It is none of our business. */
  | 'ignore';

export interface Claimant {
  readonly owner: Owner;
  matches(labels: Labels): boolean;
}

/** What is to be done about one object, be it a pod or a ReplicaSet. */
export function decideClaim({ owner, matches }: Claimant, object: ApiObject): ClaimDecision {
  const { metadata } = object;
  const controller = controllerOf(object);
  if (controller !== undefined && controller.uid !== owner.metadata.uid) return 'ignore';
  const isMatching = matches(metadata.labels ?? {});
  if (controller !== undefined && isMatching) return 'keep';
  // The garbage collector decides what becomes of the dependents of an owner that goes.
  if (owner.metadata.deletionTimestamp !== undefined) return 'ignore';
  if (controller !== undefined) return 'release';
  const isAdoptable =
    metadata.namespace === owner.metadata.namespace && metadata.deletionTimestamp === undefined;
  return isMatching && isAdoptable ? 'adopt' : 'ignore';
}
