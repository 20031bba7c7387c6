/** Changing parts of a stored object. */

import { FieldPath, invalid, type Parsed } from '../api/field-error.ts';
import type { ApiObject } from '../api/meta.ts';
import { mergePatch } from '../api/patch/merge-patch.ts';
import { strategicMerge } from '../api/patch/strategic-merge.ts';
import { MooringError } from '../contract/error.ts';
import type { ObjectStore } from '../contract/object-store.ts';
import { invalidObject } from './admission.ts';
import { checkCallOptions } from './call-options.ts';
import { parseReference } from './wait-for.ts';

/** How a patch is meant. */
export interface PatchRequestOptions {
  /** `strategic` (lists of named things are merged by name) when not given; `merge`: RFC 7386, lists are replaced. */
  readonly type?: 'strategic' | 'merge';
  /**
   * `status`: the status and nothing else; `ephemeralcontainers`: that list of a pod and nothing else; otherwise everything
   * but these two.
   */
  readonly subresource?: 'status' | 'ephemeralcontainers';
  readonly signal?: AbortSignal;
}

/**
 * Resolves with the object as it is then. Rejects with `NOT_FOUND`; with `INVALID` when the patch cannot be applied or
 * leads to an object that is not admitted; with `CONFLICT` when it names a `metadata.resourceVersion` that is not the
 * current one.
 */
export async function patchObject(
  objects: ObjectStore,
  reference: string,
  patch: object,
  options: PatchRequestOptions = {},
): Promise<ApiObject> {
  checkCallOptions('patch', options, { type: true, subresource: true, signal: true });
  const { type = 'strategic', subresource, signal } = options;
  if (!['strategic', 'merge'].includes(type))
    throw new MooringError(
      'INVALID',
      `type of patch: must be strategic or merge, not ${JSON.stringify(type)}`,
    );
  // Whoever writes without types may give anything.
  if (typeof patch !== 'object' || patch === null)
    throw new MooringError(
      'INVALID',
      `the patch of ${String(reference)} must be an object, not ${JSON.stringify(patch)}`,
    );
  const { kind, namespace = 'default', name } = parseReference(reference);
  const change = (current: ApiObject): ApiObject => {
    checkVersion(current, patch, reference);
    const patched = type === 'merge' ? asObject(mergePatch(current, patch)) : strategicMerge(current, patch);
    if (!patched.ok) throw invalidObject(current, patched.errors);
    return patched.value;
  };
  return await objects.patchWith(kind, namespace, name, change, {
    signal,
    ...(subresource !== undefined && { subresource }),
  });
}

function asObject(value: unknown): Parsed<ApiObject> {
  if (typeof value === 'object' && value !== null && 'metadata' in value)
    return { ok: true, value: value as ApiObject };
  return { ok: false, errors: [invalid(FieldPath.root, value, 'must leave an object')] };
}

/** A version in the patch says which state it was made for. */
function checkVersion(current: ApiObject, patch: object, reference: string): void {
  const { metadata } = patch as { readonly metadata?: { readonly resourceVersion?: unknown } | null };
  const wanted = metadata?.resourceVersion;
  if (wanted === undefined || wanted === current.metadata.resourceVersion) return;
  throw new MooringError(
    'CONFLICT',
    `${reference} has the resourceVersion ${current.metadata.resourceVersion}, not ${String(wanted)}: read it again and repeat the patch`,
  );
}
