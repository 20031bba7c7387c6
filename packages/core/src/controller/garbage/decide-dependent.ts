/** What becomes of an object with owners, given what has become of them. */

import { foregroundFinalizer, hasFinalizer, orphanFinalizer } from '../../api/finalizers.ts';
import type { ApiObject } from '../../api/meta.ts';
import type { PropagationPolicy } from '../../contract/object-store.ts';

export type OwnerState =
  /** It exists. */
  | 'solid'
  /** It exists and is being deleted, its dependents first. */
  | 'waiting'
  /** It does not exist (any more), or not where the dependent could have it as an owner. */
  | 'dangling'
  /** Nobody can tell: it is of a kind that is not known, or of one that could not own the dependent. */
  | 'unknown';

export type Decision =
  | { readonly kind: 'keep' }
  /** The references to these owners go, the object stays. */
  | { readonly kind: 'release'; readonly from: readonly string[] }
  | { readonly kind: 'delete'; readonly policy: PropagationPolicy };

/** An object that is not being deleted yet. `states` are those of its owner references, in their order. */
export function decideDependent(
  dependent: ApiObject,
  states: readonly OwnerState[],
  hasDependents: boolean,
): Decision {
  const { ownerReferences = [] } = dependent.metadata;
  // What nobody can tell must not cost an object.
  if (states.length === 0 || states.includes('unknown')) return keep;
  if (states.includes('solid')) {
    // A reference to an owner that waits goes too: it would wait for this object for ever.
    const from = ownerReferences.filter((_, i) => states[i] !== 'solid').map(({ uid }) => uid);
    return from.length > 0 ? { kind: 'release', from } : keep;
  }
  if (states.includes('waiting') && hasDependents) return { kind: 'delete', policy: 'Foreground' };
  return { kind: 'delete', policy: policyOf(dependent) };
}

const keep: Decision = { kind: 'keep' };

/** What the object itself has been marked with counts. */
function policyOf(object: ApiObject): PropagationPolicy {
  if (hasFinalizer(object, orphanFinalizer)) return 'Orphan';
  return hasFinalizer(object, foregroundFinalizer) ? 'Foreground' : 'Background';
}
