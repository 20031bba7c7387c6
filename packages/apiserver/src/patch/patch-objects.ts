/** Changing parts of an object, in the four ways of the Kubernetes API. */

import {
  type ApiObject,
  formatFieldError,
  MooringError,
  mergePatch,
  screenValue,
  strategicMerge,
} from '@mooring/core';
import { applyObject } from '../apply/apply-object.ts';
import { withManagers } from '../apply/track-update.ts';
import type { Reply } from '../http/reply.ts';
import { type Fields, isFields, textAt } from '../json/fields.ts';
import { type PatchType, patchMediaTypes, patchTypeOf } from '../request/patch-type.ts';
import { groupVersionOf } from '../resources/resource-table.ts';
import type { StoredRequest } from '../resources/stored-request.ts';
import { checkVersion } from '../status/changed-meanwhile.ts';
import { badRequest } from '../status/status-error.ts';
import { unsupportedType } from '../status/unsupported-type.ts';
import { checkFields, fieldValidationOf } from '../write/field-validation.ts';
import { decodeIncoming, withHeader } from '../write/incoming-object.ts';
import { type DoubledFields, parseBody } from '../write/parse-body.ts';
import { shown, type WriteSurroundings } from '../write/write-objects.ts';
import { partOf, withinPart } from '../write/written-part.ts';
import { applyJSONPatch } from './json-patch.ts';

export interface Patch {
  readonly type: PatchType;
  readonly value: unknown;
  readonly doubled: DoubledFields;
}

/** What copies within one patch may come to. */
const copiedBytesMax = 3 * 1024 * 1024;

/** Throws a `StatusError` for a type that is none, and a body that cannot be read. */
export async function readPatch({ request }: StoredRequest): Promise<Patch> {
  const type = patchTypeOf(request.headers);
  if (type === undefined) throw unsupportedType(patchMediaTypes);
  const { value, doubled } = parseBody(await request.body(), type === 'apply' ? 'yaml' : 'json');
  const problem = screenValue(value);
  if (problem !== undefined) throw badRequest(formatFieldError(problem));
  return { type, value, doubled: doubled() };
}

export async function patchObject(
  around: WriteSurroundings,
  stored: StoredRequest,
  { type, value, doubled }: Patch,
): Promise<Reply> {
  const { request, info, target, namespace } = stored;
  if (type === 'apply') return await applyObject(around, stored, { value, doubled });
  const validation = fieldValidationOf(request.query);
  let words: readonly string[] = [];
  const change = (current: ApiObject): ApiObject => {
    const patched = patchedFields(current, type, value);
    const version = textAt(patched, 'metadata', 'resourceVersion');
    checkVersion(target, version, current.metadata.resourceVersion);
    const header = { kind: info.kind, apiVersion: groupVersionOf(info) };
    const { object, warnings } = decodeIncoming(stored, withHeader(patched, header));
    words = checkFields(object, { warnings, doubled }, validation);
    if (target.subresource === 'status') return object;
    return withManagers(stored, current, withinPart(target, current, object), around.now());
  };
  const changed: ApiObject = await around.objects.patchWith(info.kind, namespace, target.name ?? '', change, {
    isDecoded: true,
    signal: request.signal,
    ...partOf(target),
  });
  return shown(around, changed, words);
}

/** What a patch makes of an object. Throws a `StatusError` when that is none. */
export function patchedFields(current: ApiObject, type: PatchType, patch: unknown): Fields {
  const patched =
    type === 'json' ? applyJSONPatch(current, patch, copiedBytesMax) : merged(current, type, patch);
  if (!isFields(patched)) throw badRequest('the patch leaves no object');
  return patched;
}

function merged(current: ApiObject, type: PatchType, patch: unknown): unknown {
  if (!isFields(patch)) throw badRequest('a patch of this type must be an object');
  if (type === 'merge') return mergePatch(current, patch);
  const result = strategicMerge(current, patch);
  if (result.ok) return result.value;
  throw new MooringError('INVALID', 'the patch cannot be applied', { fields: result.errors });
}
