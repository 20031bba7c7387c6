/** Small declarative schemas of API objects: which fields there are, and which JSON type each one has. */

export type ScalarType = 'string' | 'boolean' | 'int32' | 'int64' | 'int-or-string' | 'quantity' | 'time';

/** The JSON type of one field, for decoding: made for kinds, not a general schema language. */
export type Schema =
  /** The value of a secret one never appears in an error. */
  | { readonly type: ScalarType; readonly isSecret?: boolean }
  | { readonly type: 'any' }
  /** Part of the Kubernetes API, kept as it is, but without effect in Mooring: its use is warned about. */
  | { readonly type: 'inert' }
  | { readonly type: 'list'; readonly items: Schema }
  | { readonly type: 'map'; readonly values: Schema }
  | ObjectSchema;

/** The fields of an object, and what becomes of others. */
export interface ObjectSchema {
  readonly type: 'object';
  readonly fields: Readonly<Record<string, Schema>>;
  /**
   * What becomes of a field that the schema does not name. `drop`: removed with a warning. `objects`: kept when its
   * value is an object, since it may be a plugin's; otherwise dropped. `keep`: kept in silence.
   */
  readonly unknown: 'drop' | 'objects' | 'keep';
}

export const string: Schema = { type: 'string' };
export const secretString: Schema = { type: 'string', isSecret: true };
export const boolean: Schema = { type: 'boolean' };
export const int32: Schema = { type: 'int32' };
export const int64: Schema = { type: 'int64' };
export const intOrString: Schema = { type: 'int-or-string' };
export const quantity: Schema = { type: 'quantity' };

/** RFC 3339, with or without fractions of a second. */
export const time: Schema = { type: 'time' };
export const any: Schema = { type: 'any' };
export const inert: Schema = { type: 'inert' };

export function list(items: Schema): Schema {
  return { type: 'list', items };
}

export function map(values: Schema): Schema {
  return { type: 'map', values };
}

export function object(
  fields: Readonly<Record<string, Schema>>,
  unknown: ObjectSchema['unknown'] = 'drop',
): ObjectSchema {
  return { type: 'object', fields, unknown };
}
