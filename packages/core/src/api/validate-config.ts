/** ConfigMaps and Secrets: keys, encodings, sizes, and what may change in them. */

import { isDeepStrictEqual } from 'node:util';
import type { Draft } from './draft.ts';
import { FieldPath, forbidden, invalid, required, tooLong } from './field-error.ts';
import { type FieldErrors, followsRule } from './field-rules.ts';
import { configKeyProblems } from './names.ts';
import type { ConfigMap, Secret } from './objects.ts';
import { withEncodedData } from './secret-data.ts';

/** Of all values of one object together, decoded. */
const configBytesMax = 1024 * 1024;

const dataPath = new FieldPath('data');
const binaryDataPath = new FieldPath('binaryData');

type Values = Readonly<Record<string, string | undefined>>;

export function* configMapErrors({ data = {}, binaryData = {} }: Draft<ConfigMap>): FieldErrors {
  for (const key of Object.keys(data)) yield* followsRule(dataPath.key(key), key, configKeyProblems);
  for (const key of Object.keys(binaryData)) {
    yield* followsRule(binaryDataPath.key(key), key, configKeyProblems);
    if (Object.hasOwn(data, key))
      yield invalid(binaryDataPath.key(key), key, 'duplicate of key present in data');
  }
  yield* base64Errors(binaryData, binaryDataPath);
  const textBytes = Object.values(data).reduce((sum, text = '') => sum + Buffer.byteLength(text), 0);
  if (textBytes + base64Bytes(binaryData) > configBytesMax) yield tooLong(dataPath, configBytesMax);
}

/** The type is `Opaque` unless given; `stringData` goes into `data`. */
export function defaultSecret(secret: Draft<Secret>): Draft<Secret> {
  return { ...withEncodedData(secret), type: secret.type || 'Opaque' };
}

/** Keys that a type of secret must have. */
const requiredKeys: ReadonlyMap<string, readonly string[]> = new Map([
  ['kubernetes.io/dockercfg', ['.dockercfg']],
  ['kubernetes.io/dockerconfigjson', ['.dockerconfigjson']],
  ['kubernetes.io/ssh-auth', ['ssh-privatekey']],
  ['kubernetes.io/tls', ['tls.crt', 'tls.key']],
]);

/** Takes a secret with its defaults. No error shows a value. */
export function* secretErrors({ data = {}, type = '' }: Draft<Secret>): FieldErrors {
  for (const key of Object.keys(data)) yield* followsRule(dataPath.key(key), key, configKeyProblems);
  yield* base64Errors(data, dataPath);
  if (base64Bytes(data) > configBytesMax) yield tooLong(dataPath, configBytesMax);
  for (const key of requiredKeys.get(type) ?? [])
    if (!Object.hasOwn(data, key)) yield required(dataPath.key(key));
}

function* base64Errors(values: Values, path: FieldPath): FieldErrors {
  for (const [key, text = ''] of Object.entries(values)) {
    if (isBase64(text)) continue;
    const hint = path === dataPath ? '; plain text belongs into stringData' : '';
    yield invalid(path.key(key), '(hidden)', `must be base64${hint}`);
  }
}

/** Padded and of the standard alphabet; line breaks within are fine, as files from `base64` have them. */
function isBase64(text: string): boolean {
  const line = text.replaceAll(/[\r\n]/g, '');
  return line.length % 4 === 0 && Buffer.from(line, 'base64').toString('base64') === line;
}

function base64Bytes(values: Values): number {
  return Object.values(values).reduce((sum, text = '') => sum + Buffer.byteLength(text, 'base64'), 0);
}

export function configMapUpdateErrors(configMap: Draft<ConfigMap>, old: Draft<ConfigMap>): FieldErrors {
  return immutableValueErrors(configMap, old, ['data', 'binaryData']);
}

export function* secretUpdateErrors(secret: Draft<Secret>, old: Draft<Secret>): FieldErrors {
  if (secret.type !== old.type) yield invalid(new FieldPath('type'), secret.type ?? '', 'field is immutable');
  yield* immutableValueErrors(secret, old, ['data']);
}

/** An object marked immutable stays so; to change it, it is deleted and created anew. */
function* immutableValueErrors(
  object: Draft<ConfigMap>,
  old: Draft<ConfigMap>,
  fields: readonly ('data' | 'binaryData')[],
): FieldErrors {
  if (old.immutable !== true) return;
  const detail = 'field is immutable when `immutable` is set';
  if (object.immutable !== true) yield forbidden(new FieldPath('immutable'), detail);
  for (const field of fields)
    if (!isDeepStrictEqual(object[field] ?? {}, old[field] ?? {}))
      yield forbidden(new FieldPath(field), detail);
}
