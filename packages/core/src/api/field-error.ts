/**
 * Errors of validation: every error names the field path, the kind of mistake and what is allowed.
 * The texts are those of Kubernetes (upstream `field/errors.go`).
 */

export type FieldErrorType =
  | 'FieldValueRequired'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueDuplicate'
  | 'FieldValueForbidden'
  | 'FieldValueNotFound'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'FieldValueTypeInvalid'
  | 'InternalError';

/** One mistake in an object: `field.Error` of Kubernetes, with its words. */
export interface FieldError {
  /** `spec.containers[0].livenessProbe.httpGet.port`; map keys as `limits[cpu]`. */
  readonly field: string;
  readonly type: FieldErrorType;
  /** The whole line without the field path: `Invalid value: 0: must be between 1 and 65535, inclusive`. */
  readonly message: string;
}

/** A value that was decoded, or all that is wrong with it. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

/** An immutable path into an object; `String(path)` prints it as Kubernetes does. */
export class FieldPath {
  static readonly root = new FieldPath('');
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  child(...names: string[]): FieldPath {
    const tail = names.join('.');
    return new FieldPath(this.text === '' ? tail : `${this.text}.${tail}`);
  }

  index(i: number): FieldPath {
    return new FieldPath(`${this.text}[${i}]`);
  }

  key(key: string): FieldPath {
    return new FieldPath(`${this.text}[${key}]`);
  }

  toString(): string {
    return this.text;
  }
}

/** Longer values are cut in messages: a mistake in a 10 MB string must not give a 10 MB error. */
const printedCharsMax = 512;

function printValue(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  if (typeof value === 'string' && value.length > printedCharsMax)
    return `${JSON.stringify(value.slice(0, printedCharsMax))}...`;
  const printed = JSON.stringify(value) ?? 'null';
  return printed.length > printedCharsMax ? `${printed.slice(0, printedCharsMax)}...` : printed;
}

function withDetail(head: string, detail: string | undefined): string {
  return detail === undefined || detail === '' ? head : `${head}: ${detail}`;
}

/** `Required value`, with a detail where there is one. */
export function required(path: FieldPath, detail?: string): FieldError {
  return { field: String(path), type: 'FieldValueRequired', message: withDetail('Required value', detail) };
}

/** `Invalid value: "x": must be ...` */
export function invalid(path: FieldPath, value: unknown, detail: string): FieldError {
  const message = withDetail(`Invalid value: ${printValue(value)}`, detail);
  return { field: String(path), type: 'FieldValueInvalid', message };
}

/** The value has a JSON type that the field cannot hold; the API server's decoder refuses such input. */
export function typeInvalid(path: FieldPath, value: unknown, expected: string): FieldError {
  const message = `Invalid value: ${printValue(value)}: must be ${expected}`;
  return { field: String(path), type: 'FieldValueTypeInvalid', message };
}

/** `Unsupported value: "x": supported values: "a", "b"` */
export function notSupported(path: FieldPath, value: unknown, supported: readonly string[]): FieldError {
  const list = supported.map((word) => JSON.stringify(word)).join(', ');
  const message = withDetail(`Unsupported value: ${printValue(value)}`, list && `supported values: ${list}`);
  return { field: String(path), type: 'FieldValueNotSupported', message };
}

/** `Duplicate value: "x"` */
export function duplicate(path: FieldPath, value: unknown, detail?: string): FieldError {
  const message = withDetail(`Duplicate value: ${printValue(value)}`, detail);
  return { field: String(path), type: 'FieldValueDuplicate', message };
}

/** `Forbidden: ...` */
export function forbidden(path: FieldPath, detail: string): FieldError {
  return { field: String(path), type: 'FieldValueForbidden', message: withDetail('Forbidden', detail) };
}

/** `Not found: "x"` */
export function notFound(path: FieldPath, value: unknown): FieldError {
  return { field: String(path), type: 'FieldValueNotFound', message: `Not found: ${printValue(value)}` };
}

/** `Too long: may not be more than ... bytes` */
export function tooLong(path: FieldPath, maxLength: number): FieldError {
  return {
    field: String(path),
    type: 'FieldValueTooLong',
    message: `Too long: may not be more than ${maxLength} bytes`,
  };
}

/** `Too many: ...: must have at most ... items` */
export function tooMany(path: FieldPath, actual: number, max: number): FieldError {
  return {
    field: String(path),
    type: 'FieldValueTooMany',
    message: `Too many: ${actual}: must have at most ${max} items`,
  };
}

/** Something that is not the author's mistake, such as a plugin that threw while it read its settings. */
export function internalError(path: FieldPath, detail: string): FieldError {
  return { field: String(path), type: 'InternalError', message: `Internal error: ${detail}` };
}

/** Not wrong enough to refuse the object, but surely not what its author meant. */
export interface FieldWarning {
  readonly field: string;
  /** The kind has no such field: it was left out. */
  readonly isUnknownField?: true;
  readonly message: string;
}

/** The line of an error or a warning: `spec.containers[0].name: Required value`. */
export function formatFieldError(error: FieldWarning): string {
  return error.field === '' ? error.message : `${error.field}: ${error.message}`;
}

/** What an API server answers with: `Pod "web" is invalid: [<error>, <error>]`; the same line only once. */
export function invalidObjectMessage(kind: string, name: string, errors: readonly FieldError[]): string {
  const lines = [...new Set(errors.map(formatFieldError))];
  const [first = 'unknown error'] = lines;
  return `${kind} "${name}" is invalid: ${lines.length > 1 ? `[${lines.join(', ')}]` : first}`;
}
