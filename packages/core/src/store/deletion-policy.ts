/**
 * What a request to delete says about the dependents of the object. The garbage collector carries it out; the store
 * leaves it word by the finalizers of the object. The rules are those of Kubernetes' API server
 * (`deletionFinalizersForGarbageCollection`, `ValidateDeleteOptions`).
 */

import {
  type FieldError,
  FieldPath,
  invalid,
  invalidObjectMessage,
  notSupported,
} from '../api/field-error.ts';
import { foregroundFinalizer, orphanFinalizer } from '../api/finalizers.ts';
import type { ApiObject } from '../api/meta.ts';
import { MooringError } from '../contract/error.ts';
import type { DeleteOptions, PropagationPolicy } from '../contract/object-store.ts';

type PolicyOptions = Pick<DeleteOptions, 'propagationPolicy' | 'orphanDependents'>;

/** Throws `INVALID`. */
export function checkDeleteOptions(options: PolicyOptions): void {
  const fields = deleteOptionErrors(options);
  if (fields.length === 0) return;
  throw new MooringError('INVALID', invalidObjectMessage('DeleteOptions.meta.k8s.io', '', fields), {
    fields,
  });
}

/** What is wrong with a request to delete. */
export function deleteOptionErrors({
  propagationPolicy,
  orphanDependents,
}: PolicyOptions): readonly FieldError[] {
  const path = new FieldPath('propagationPolicy');
  const fields: FieldError[] = [];
  if (propagationPolicy !== undefined && orphanDependents !== undefined) {
    const detail = 'orphanDependents and deletionPropagation cannot be both set';
    fields.push(invalid(path, propagationPolicy, detail));
  }
  if (propagationPolicy !== undefined && !policies.includes(propagationPolicy))
    fields.push(notSupported(path, propagationPolicy, [...policies, 'nil']));
  return fields;
}

const policies: readonly string[] = ['Foreground', 'Background', 'Orphan'];

/**
 * The finalizers in `metadata` once the request is taken. What the request says counts more than what an earlier one left
 * on the object, and that more than what is usual for the kind.
 */
export function finalizersOnDeletion(object: ApiObject, options: PolicyOptions): readonly string[] {
  const { finalizers = [] } = object.metadata;
  const others = finalizers.filter((name) => name !== orphanFinalizer && name !== foregroundFinalizer);
  const policy = policyOf(object, options);
  if (policy === 'Orphan') return [...others, orphanFinalizer];
  return policy === 'Foreground' ? [...others, foregroundFinalizer] : others;
}

/** Kinds that nothing can depend on. */
const withoutDependents: ReadonlySet<string> = new Set(['Event']);
/** Kinds whose dependents live on unless the request says otherwise, for the sake of the oldest clients. */
const orphaning: ReadonlySet<string> = new Set(['ReplicationController']);

function policyOf(object: ApiObject, options: PolicyOptions): PropagationPolicy {
  if (withoutDependents.has(object.kind)) return 'Background';
  const { propagationPolicy, orphanDependents } = options;
  if (propagationPolicy !== undefined) return propagationPolicy;
  if (orphanDependents !== undefined) return orphanDependents ? 'Orphan' : 'Background';
  const { finalizers = [] } = object.metadata;
  if (finalizers.includes(orphanFinalizer)) return 'Orphan';
  if (finalizers.includes(foregroundFinalizer)) return 'Foreground';
  return orphaning.has(object.kind) ? 'Orphan' : 'Background';
}
