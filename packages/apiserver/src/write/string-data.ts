/** Secrets that say in words what is kept encoded. Pure. */

import type { ApiObject, Secret } from '@mooring/core';

/**
 * A Secret with its `stringData` where it is kept, in `data`: there its fields are compared, merged and owned. Every other
 * object as it is.
 */
export function withEncodedData(object: ApiObject): ApiObject {
  if (object.kind !== 'Secret') return object;
  const { stringData, ...secret } = object as Secret;
  if (stringData === undefined) return secret;
  const encoded = Object.entries(stringData).map(([key, text]) => [
    key,
    Buffer.from(text).toString('base64'),
  ]);
  return { ...secret, data: { ...secret.data, ...Object.fromEntries(encoded) } } as Secret;
}
