/** What becomes of an object that is created or changed: who decides which field. Pure; the store writes the result. */

import { type ApiObject, formatTime, type ObjectMeta, type StoredMeta } from '../api/meta.ts';
import { generatedNameAlphabet } from '../api/names.ts';
import type { Pod } from '../api/pod.ts';
import type { Random } from '../contract/clock.ts';
import { MooringError } from '../contract/error.ts';
import { firstGeneration } from './generation.ts';
import { resourceOf } from './keys.ts';
import { withNamespaceDefaults, withNamespaceFinalizers } from './namespace-life.ts';
import { withoutRevision } from './object-view.ts';

/** The object of a create request with the fields that the store fills in. */
export function newObject<T extends ApiObject>(
  object: T,
  given: { readonly nowMs: number; readonly random: Random; readonly uid?: string | undefined },
): T & { readonly metadata: StoredMeta } {
  const { resourceVersion, name, namespace, uid, creationTimestamp, ...others } = object.metadata;
  const { deletionTimestamp, deletionGracePeriodSeconds, ...rest } = others;
  if (resourceVersion !== undefined && resourceVersion !== '')
    throw new MooringError('INVALID', 'resourceVersion should not be set on objects to be created');
  // No object here begins with a spread: in V8 11 each `{ ...rest, name }` has a shape of its own, which weighs as much.
  const metadata = {
    name: newName(object, given.random),
    ...(resourceOf(object.kind).isNamespaced ? { namespace: namespace || 'default' } : {}),
    uid: given.uid ?? given.random.uuid(),
    creationTimestamp: formatTime(given.nowMs),
    ...rest,
    ...firstGeneration(object),
  };
  const { apiVersion, kind, metadata: _, ...fields } = object;
  const created = { apiVersion, kind, metadata, ...fields } as T & { readonly metadata: StoredMeta };
  return withNamespaceDefaults(created);
}

/** An update of everything but the status; what the store owns stays as it is. See `withGeneration`. */
export function changedObject(current: ApiObject, given: ApiObject): ApiObject {
  const wanted = withNamespaceFinalizers(given, current);
  const { status: _, ...fields } = wanted as ApiObject & { readonly status?: unknown };
  const status = statusOf(current);
  return withoutRevision({
    ...fields,
    apiVersion: wanted.apiVersion,
    kind: current.kind,
    metadata: { ...ownedByWriter(wanted.metadata), ...ownedByStore(current.metadata) },
    ...present({ status }),
  });
}

/**
 * The object with the ephemeral containers of `wanted`, and with who has written them; all else stays.
 *
 * @internal
 */
export function withEphemeral(current: ApiObject, wanted: ApiObject): ApiObject {
  const { managedFields } = wanted.metadata as { readonly managedFields?: unknown };
  const { ephemeralContainers = [] } = (wanted as Pod).spec;
  const { ephemeralContainers: _, ...spec } = (current as Pod).spec;
  return {
    ...current,
    metadata: { ...current.metadata, ...present({ managedFields }) },
    spec: { ...spec, ...(ephemeralContainers.length > 0 && { ephemeralContainers }) },
  } as ApiObject;
}

/** An update of the status and of nothing else. */
export function changedStatus(current: ApiObject, wanted: ApiObject): ApiObject {
  const { status: _, ...fields } = current as ApiObject & { readonly status?: unknown };
  const status = statusOf(wanted);
  return withoutRevision(status === undefined ? fields : Object.assign(fields, { status }));
}

const suffixLength = 5;
/** With the suffix it fits into a DNS label. */
const baseLengthMax = 58;

function newName({ kind, metadata }: ApiObject, random: Random): string {
  if (metadata.name !== undefined && metadata.name !== '') return metadata.name;
  const base = metadata.generateName ?? '';
  if (base === '') {
    const message = 'Required value: name or generateName is required';
    const fields = [{ field: 'metadata.name', type: 'FieldValueRequired', message }];
    throw new MooringError('INVALID', `${kind} is invalid: metadata.name: ${message}`, { fields });
  }
  let suffix = '';
  while (suffix.length < suffixLength)
    suffix += generatedNameAlphabet[Math.floor(random.next() * generatedNameAlphabet.length)] ?? '';
  return base.slice(0, baseLengthMax) + suffix;
}

function ownedByStore(metadata: ObjectMeta): Partial<ObjectMeta> {
  const { name, namespace, uid, creationTimestamp, generation } = metadata;
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  const deletion = { deletionTimestamp, deletionGracePeriodSeconds };
  return present({ name, namespace, uid, creationTimestamp, ...deletion, generation });
}

function ownedByWriter(metadata: ObjectMeta): Partial<ObjectMeta> {
  const { namespace, generation, deletionTimestamp, deletionGracePeriodSeconds, ...rest } = metadata;
  return rest;
}

/** The fields that have a value, because an absent field and one that is `undefined` are not stored alike. */
function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function statusOf(object: ApiObject): unknown {
  return (object as { readonly status?: unknown }).status;
}
