/** Which part of an object a request writes, where its path names a sub-resource. Pure. */

import { type ApiObject, withEphemeral } from '@mooring/core';
import { type Fields, fieldsOf } from '../json/fields.ts';
import type { ResourceTarget } from '../request/parse-target.ts';
import { checkUID } from '../status/changed-meanwhile.ts';

type Target = Pick<ResourceTarget, 'group' | 'resource' | 'name' | 'subresource'>;

/** As the store takes it. */
export function partOf({ subresource }: Target): { readonly subresource?: 'status' | 'ephemeralcontainers' } {
  return subresource === 'status' || subresource === 'ephemeralcontainers' ? { subresource } : {};
}

/** The object with that part of `wanted`; throws a `StatusError` where `wanted` is another object of the same name. */
export function withinPart(target: Target, current: ApiObject, wanted: ApiObject): ApiObject {
  if (target.subresource !== 'ephemeralcontainers') return wanted;
  checkUID(target, wanted.metadata.uid ?? '', current.metadata.uid ?? '');
  return withEphemeral(current, wanted);
}

/** What of a wish is about that part. */
export function wishWithinPart({ subresource }: Target, wanted: Fields): Fields {
  if (subresource !== 'ephemeralcontainers') return wanted;
  const { apiVersion, kind, metadata, spec } = wanted;
  const identity = only(fieldsOf(metadata), ['name', 'namespace', 'uid', 'resourceVersion']);
  return { apiVersion, kind, metadata: identity, spec: only(fieldsOf(spec), ['ephemeralContainers']) };
}

function only(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name)));
}
