/** Secrets that say in words what is kept encoded. Pure. */

import type { Draft } from './draft.ts';
import type { Secret } from './objects.ts';

/** A Secret with its `stringData` where it is kept, in `data`, where it wins over what was there. */
export function withEncodedData(secret: Draft<Secret>): Draft<Secret> {
  const { stringData, ...rest } = secret;
  if (stringData === undefined) return rest;
  const encoded: Record<string, string> = {};
  for (const [key, text = ''] of Object.entries(stringData))
    encoded[key] = Buffer.from(text, 'utf8').toString('base64');
  return { ...rest, data: { ...secret.data, ...encoded } };
}
