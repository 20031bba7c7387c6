/** From the bytes of a body to JSON, by what its media type says. */

import { errorMessage } from '@mooring/core';
import { parseAllDocuments } from 'yaml';
import { duplicateFields } from '../json/duplicate-fields.ts';
import { mediaType } from '../request/accept.ts';
import { badRequest, StatusError } from '../status/status-error.ts';

export type BodyFormat = 'json' | 'yaml' | 'protobuf';

/** Reading YAML is slow: more of it than this would keep everybody else waiting. */
const yamlBytesMax = 256 * 1024;

const formats: Readonly<Record<string, BodyFormat>> = {
  '': 'json',
  'application/json': 'json',
  'application/yaml': 'yaml',
  'application/vnd.kubernetes.protobuf': 'protobuf',
};

/** JSON where nothing is said. Throws a `StatusError` for everything else that is unknown. */
export function bodyFormat(contentType: string | undefined): BodyFormat {
  const { type } = mediaType(contentType ?? '');
  const format = Object.hasOwn(formats, type) ? formats[type] : undefined;
  if (format !== undefined) return format;
  const known = Object.keys(formats).filter((name) => name !== '');
  throw unsupported(known);
}

export function unsupported(known: readonly string[]): StatusError {
  const words = 'the body of the request was in an unknown format - accepted media types include';
  return new StatusError('UnsupportedMediaType', `${words}: ${known.join(', ')}`);
}

/** Nothing at all counts as an object without fields. Throws a `StatusError` for what cannot be read. */
export function parseText(body: Buffer, format: 'json' | 'yaml'): unknown {
  const text = body.toString('utf8').trim();
  if (text === '') return {};
  return format === 'json' ? parseJSON(text) : parseYAML(text, body.length);
}

/** Paths of fields that are given twice; none for what is not JSON. */
export function duplicatesIn(body: Buffer, format: BodyFormat): readonly string[] {
  if (format === 'protobuf') return [];
  const text = body.toString('utf8').trim();
  return format === 'yaml' && quickJSON(text) === undefined ? [] : duplicateFields(text);
}

function parseJSON(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badRequest(`the object provided is unrecognized: it is no JSON: ${errorMessage(error)}`);
  }
}

function parseYAML(text: string, bytes: number): unknown {
  const quick = quickJSON(text);
  if (quick !== undefined) return quick;
  if (bytes > yamlBytesMax)
    throw new StatusError(
      'RequestEntityTooLarge',
      `Request entity too large: limit for YAML is ${yamlBytesMax}`,
    );
  try {
    const [document, ...others] = parseAllDocuments(text, { uniqueKeys: false });
    if (others.length > 0) throw new Error('there is more than one document');
    const [problem] = document?.errors ?? [];
    if (problem !== undefined) throw problem;
    return document?.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (error) {
    throw badRequest(`the object provided is unrecognized: it is no YAML: ${errorMessage(error)}`);
  }
}

/** What calls itself YAML is JSON most of the time, which is quicker to read. */
function quickJSON(text: string): unknown {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // YAML in braces.
    return undefined;
  }
}
