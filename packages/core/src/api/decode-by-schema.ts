/** Reads a value by a schema: a typed copy of what fits, and an error for each part that does not. */

import { type FieldError, type FieldPath, type FieldWarning, typeInvalid } from './field-error.ts';
import { didYouMean } from './nearest.ts';
import type { ObjectSchema, ScalarType, Schema } from './schema.ts';
import { isPlainObject } from './screen.ts';

/** Collects findings up to a bound: the ten-thousandth mistake of a kind tells nobody anything. */
export class Findings {
  readonly errors: FieldError[] = [];
  readonly warnings: FieldWarning[] = [];
  private readonly max: number;

  constructor(max = 100) {
    this.max = max;
  }

  /** The finding is made only when there is room for it. */
  error(makeError: () => FieldError): void {
    if (this.errors.length < this.max) this.errors.push(makeError());
  }

  warning(makeWarning: () => FieldWarning): void {
    if (this.warnings.length < this.max) this.warnings.push(makeWarning());
  }
}

/**
 * The decoded copy of `value`. What has the wrong type is reported and left out; in a list an empty value takes its
 * place, so that the positions of the others stay. `null` counts as absent, as in the Kubernetes API.
 */
export function decodeBySchema(value: unknown, schema: Schema, path: FieldPath, findings: Findings): unknown {
  switch (schema.type) {
    case 'any':
      return value;
    case 'inert':
      findings.warning(() => ({ field: String(path), message: inertWords }));
      return value;
    case 'list':
      return decodeList(value, schema.items, path, findings);
    case 'map':
      return decodeMap(value, schema.values, path, findings);
    case 'object':
      return decodeObjectFields(value, schema, path, findings);
    default:
      return decodeScalar(value, schema, path, findings);
  }
}

const scalarWords: Readonly<Record<ScalarType, string>> = {
  string: 'a string',
  boolean: 'true or false',
  int32: 'a 32-bit integer',
  int64: 'an integer',
  'int-or-string': 'an integer or a string',
  quantity: 'a quantity such as 100m or 64Mi',
  time: 'a time such as 2026-01-31T12:00:00Z',
};

const inertWords = 'this field is kept, but has no effect: Mooring does not act on it';

type ScalarSchema = Extract<Schema, { readonly type: ScalarType }>;

function decodeScalar(value: unknown, schema: ScalarSchema, path: FieldPath, findings: Findings): unknown {
  const { type, isSecret = false } = schema;
  if (scalarFits(value, type)) return value;
  const isUnquoted = type === 'string' && (typeof value === 'number' || typeof value === 'boolean');
  const hint = isUnquoted ? '; write it in quotes' : '';
  findings.error(() => typeInvalid(path, isSecret ? '(hidden)' : value, `${scalarWords[type]}${hint}`));
  return undefined;
}

/** False for what has parts. */
function scalarFits(value: unknown, type: Schema['type']): boolean {
  switch (type) {
    case 'string':
      return typeof value === 'string';
    case 'boolean':
      return typeof value === 'boolean';
    case 'int32':
      return isInt32(value);
    case 'int64':
      return Number.isSafeInteger(value);
    case 'int-or-string':
      return typeof value === 'string' || isInt32(value);
    case 'quantity':
      return typeof value === 'string' || typeof value === 'number';
    case 'time':
      return typeof value === 'string' && isTime(value);
    default:
      return false;
  }
}

const timePattern = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/;

function isTime(text: string): boolean {
  return timePattern.test(text) && !Number.isNaN(Date.parse(text));
}

function isInt32(value: unknown): boolean {
  return typeof value === 'number' && (value | 0) === value;
}

function decodeList(value: unknown, items: Schema, path: FieldPath, findings: Findings): unknown {
  if (!Array.isArray(value)) {
    findings.error(() => typeInvalid(path, value, 'a list'));
    return undefined;
  }
  return value.map((item, i) =>
    scalarFits(item, items.type)
      ? item
      : (decodeBySchema(item, items, path.index(i), findings) ?? emptyValue(items)),
  );
}

function emptyValue(schema: Schema): unknown {
  switch (schema.type) {
    case 'object':
    case 'map':
      return {};
    case 'list':
      return [];
    case 'int32':
    case 'int64':
      return 0;
    default:
      return '';
  }
}

function decodeMap(value: unknown, values: Schema, path: FieldPath, findings: Findings): unknown {
  if (!isPlainObject(value)) {
    findings.error(() => typeInvalid(path, value, 'an object of names and values'));
    return undefined;
  }
  const decoded: Record<string, unknown> = {};
  for (const key in value) {
    const item = value[key];
    if (scalarFits(item, values.type)) {
      decoded[key] = item;
      continue;
    }
    // A key without a value is the empty string to the API: `FOO:` in a ConfigMap.
    const decodedItem =
      item === null || item === undefined
        ? emptyValue(values)
        : decodeBySchema(item, values, path.key(key), findings);
    if (decodedItem !== undefined) decoded[key] = decodedItem;
  }
  return decoded;
}

function decodeObjectFields(
  value: unknown,
  schema: ObjectSchema,
  path: FieldPath,
  findings: Findings,
): unknown {
  if (!isPlainObject(value)) {
    findings.error(() => typeInvalid(path, value, 'an object'));
    return undefined;
  }
  const decoded: Record<string, unknown> = {};
  // By `for in`, and without a path where there is nothing to say: every object goes through here.
  for (const key in value) {
    const item = value[key];
    const field = Object.hasOwn(schema.fields, key) ? schema.fields[key] : undefined;
    if (field !== undefined && scalarFits(item, field.type)) {
      decoded[key] = item;
    } else if (field === undefined) {
      if (keepsUnknown(schema, item)) decoded[key] = item;
      else warnUnknown(key, schema, path, findings);
    } else if (item !== null && item !== undefined) {
      const decodedItem = decodeBySchema(item, field, path.child(key), findings);
      if (decodedItem !== undefined) decoded[key] = decodedItem;
    }
  }
  return decoded;
}

function keepsUnknown(schema: ObjectSchema, value: unknown): boolean {
  return schema.unknown === 'keep' || (schema.unknown === 'objects' && isPlainObject(value));
}

function warnUnknown(key: string, schema: ObjectSchema, path: FieldPath, findings: Findings): void {
  findings.warning(() => ({
    field: String(path.child(key)),
    isUnknownField: true,
    message: `unknown field${didYouMean(key, Object.keys(schema.fields))}`,
  }));
}
