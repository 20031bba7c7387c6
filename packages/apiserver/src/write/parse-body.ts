/** From the bytes of a body to JSON, by what its media type says. */

import { errorMessage } from '@mooring/core';
import { duplicateFields } from '../json/duplicate-fields.ts';
import { decodeProtobuf } from '../protobuf/decode-object.ts';
import { mediaType } from '../request/accept.ts';
import { badRequest, StatusError } from '../status/status-error.ts';
import { unsupportedType } from '../status/unsupported-type.ts';
import { type ReadYAML, readYAML } from '../yaml/read-yaml.ts';

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
  throw unsupportedType(known);
}

/** Fields that a body gives twice. */
export interface DoubledFields {
  /** Of JSON: their paths. */
  readonly paths: readonly string[];
  /** Of YAML: what its reader says of them. */
  readonly lines: readonly string[];
}

export interface ParsedBody {
  readonly value: unknown;
  /** Looked for when it is asked for: not every request wants to know. */
  doubled(): DoubledFields;
}

const none: DoubledFields = { paths: [], lines: [] };

/** Nothing at all counts as an object without fields. Throws a `StatusError` for what cannot be read. */
export function parseBody(body: Buffer, format: BodyFormat): ParsedBody {
  if (format === 'protobuf') return { value: decodeProtobuf(body), doubled: () => none };
  const text = body.toString('utf8').trim();
  if (text === '') return { value: {}, doubled: () => none };
  return format === 'json' ? parseJSON(text) : parseYAML(text, body.length);
}

function parseJSON(text: string): ParsedBody {
  try {
    return asJSON(text);
  } catch (error) {
    throw badRequest(`the object provided is unrecognized: it is no JSON: ${errorMessage(error)}`);
  }
}

function asJSON(text: string): ParsedBody {
  const value: unknown = JSON.parse(text);
  return { value, doubled: () => ({ paths: doubledInJSON(text, value), lines: [] }) };
}

/** A text that is what its value would be written as has lost nothing when it was read. */
function doubledInJSON(text: string, value: unknown): readonly string[] {
  return JSON.stringify(value) === text ? [] : duplicateFields(text);
}

function parseYAML(text: string, bytes: number): ParsedBody {
  const quick = quickJSON(text);
  if (quick !== undefined) {
    const doubled = () => (quick.doubled().paths.length === 0 ? none : doubledInYAML(text, bytes));
    return { value: quick.value, doubled };
  }
  const { value, doubledKeys } = readLimited(text, bytes);
  return { value, doubled: () => ({ paths: [], lines: doubledKeys }) };
}

function doubledInYAML(text: string, bytes: number): DoubledFields {
  return { paths: [], lines: readLimited(text, bytes).doubledKeys };
}

function readLimited(text: string, bytes: number): ReadYAML {
  if (bytes > yamlBytesMax)
    throw new StatusError(
      'RequestEntityTooLarge',
      `Request entity too large: limit for YAML is ${yamlBytesMax}`,
    );
  try {
    return readYAML(text);
  } catch (error) {
    throw badRequest(`the object provided is unrecognized: it is no YAML: ${errorMessage(error)}`);
  }
}

/** What calls itself YAML is JSON most of the time, which is quicker to read. */
function quickJSON(text: string): ParsedBody | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return asJSON(text);
  } catch {
    // YAML in braces.
    return undefined;
  }
}
