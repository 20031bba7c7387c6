/** In which way a patch changes its object: what its media type says. Pure. */

import type { IncomingHttpHeaders } from 'node:http';
import { mediaType } from './accept.ts';

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

const types: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

export const patchMediaTypes: readonly string[] = Object.keys(types);

/** `undefined` for a type that is none. */
export function patchTypeOf(headers: IncomingHttpHeaders): PatchType | undefined {
  const { type } = mediaType(headers['content-type'] ?? '');
  return Object.hasOwn(types, type) ? types[type] : undefined;
}
