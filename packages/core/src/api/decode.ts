/** From anything at all to an API object whose fields have the right JSON types. Never throws. */

import { decodeBySchema, Findings } from './decode-by-schema.ts';
import {
  type FieldError,
  FieldPath,
  type FieldWarning,
  invalid,
  notSupported,
  required,
  typeInvalid,
} from './field-error.ts';
import { kindInfo, knownKinds } from './kinds.ts';
import type { ApiObject } from './meta.ts';
import { didYouMean } from './nearest.ts';
import { isPlainObject, screenValue, type TreeLimits } from './screen.ts';

/** What was read of a value of unknown shape. */
export interface Decoded {
  /**
   * What could be read. Present when the kind is known, even beside errors, so that validation can report everything
   * at once; its fields are right in type, but required ones may be missing (see `Draft`).
   */
  readonly object?: ApiObject;
  readonly errors: readonly FieldError[];
  readonly warnings: readonly FieldWarning[];
}

/**
 * Checks the JSON type of every field of a value against the schema of its kind. Never throws: mistakes come with
 * their paths, unknown fields are left out with a warning, as the API server does it under `fieldValidation=Warn`.
 */
export function decodeObject(raw: unknown, limits?: TreeLimits): Decoded {
  try {
    return decode(raw, limits);
  } catch (error) {
    // Only code of the caller's own, a getter or a proxy, can have thrown.
    const reason = error instanceof Error ? error.message : typeof error;
    return { errors: [invalid(FieldPath.root, 'object', `cannot be read: ${reason}`)], warnings: [] };
  }
}

function decode(raw: unknown, limits: TreeLimits | undefined): Decoded {
  const hostile = screenValue(raw, limits);
  if (hostile !== undefined) return { errors: [hostile], warnings: [] };
  if (!isPlainObject(raw)) return { errors: [typeInvalid(FieldPath.root, raw, 'an object')], warnings: [] };
  const errors = headerErrors(raw);
  const info = typeof raw['kind'] === 'string' ? kindInfo(raw['kind']) : undefined;
  if (errors.length > 0 || info === undefined) return { errors, warnings: [] };
  const findings = new Findings();
  const decoded = decodeBySchema(raw, info.schema, FieldPath.root, findings);
  return { object: toApiObject(decoded), errors: findings.errors, warnings: findings.warnings };
}

/** The status alone: its JSON types, and the copy that has them. */
export function decodeStatus(object: ApiObject): { readonly status: unknown; readonly errors: FieldError[] } {
  const { status } = object as { readonly status?: unknown };
  const schema = kindInfo(object.kind)?.schema.fields['status'];
  if (schema === undefined || status === undefined || status === null)
    return { status: undefined, errors: [] };
  const findings = new Findings();
  const decoded = decodeBySchema(status, schema, new FieldPath('status'), findings);
  return { status: decoded, errors: findings.errors };
}

/** `apiVersion` and `kind` decide what the rest means, so they come first. */
function headerErrors(raw: Readonly<Record<string, unknown>>): FieldError[] {
  const errors: FieldError[] = [];
  const { apiVersion, kind } = raw;
  const apiVersionPath = new FieldPath('apiVersion');
  const kindPath = new FieldPath('kind');
  if (isAbsent(apiVersion)) errors.push(required(apiVersionPath));
  else if (typeof apiVersion !== 'string') errors.push(typeInvalid(apiVersionPath, apiVersion, 'a string'));
  if (isAbsent(kind)) errors.push(required(kindPath));
  else if (typeof kind !== 'string') errors.push(typeInvalid(kindPath, kind, 'a string'));
  if (typeof kind !== 'string' || typeof apiVersion !== 'string' || errors.length > 0) return errors;
  const info = kindInfo(kind);
  if (info === undefined) {
    const error = notSupported(kindPath, kind, knownKinds());
    return [{ ...error, message: `${error.message}${didYouMean(kind, knownKinds())}` }];
  }
  if (info.apiVersion === apiVersion) return [];
  return [invalid(apiVersionPath, apiVersion, `a ${kind} has the apiVersion "${info.apiVersion}"`)];
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

/** An object without metadata gets empty ones, so that the missing name is what gets reported. */
function toApiObject(decoded: unknown): ApiObject {
  // The schema has just established that the value has this shape; TypeScript cannot see through the table.
  const fields = decoded as ApiObject;
  return { ...fields, metadata: fields.metadata ?? {} };
}
