/**
 * The one way in for objects: decode, fill in defaults, validate. Manifests, the store and the API take it alike.
 * Never throws; everything that is wrong comes back at once.
 */

import { type Decoded, decodeObject, decodeStatus } from './decode.ts';
import { defaultMetadata } from './default-pod.ts';
import type { Draft } from './draft.ts';
import { type FieldError, FieldPath, type FieldWarning, notSupported } from './field-error.ts';
import type { FieldErrors } from './field-rules.ts';
import { rulesOf } from './kind-rules.ts';
import { kindInfo } from './kinds.ts';
import type { ApiObject } from './meta.ts';
import { dns1123SubdomainProblems } from './names.ts';
import type { Pod } from './pod.ts';
import type { TreeLimits } from './screen.ts';
import { metadataErrors, metadataUpdateErrors } from './validate-meta.ts';
import { distinct, type ValidatePodOptions } from './validate-pod.ts';
import type { SpecSubresource } from './validate-pod-update.ts';

/** How strictly an object is looked at, and how large it may be. */
export interface AdmitOptions extends ValidatePodOptions {
  readonly limits?: TreeLimits;
  /** The object is what `decodeObject` gave back, without errors, and nobody has changed it: it is not read once more. */
  readonly isDecoded?: boolean;
  /** Nobody wants to hear of what is not wrong: no warnings are looked for. */
  readonly isQuiet?: boolean;
  /** Of an update: the only part of the object that may be another one. */
  readonly subresource?: SpecSubresource | undefined;
}

/** What became of an object at the door: admitted with its defaults, or refused with every mistake at once. */
export interface Admission<Admitted extends ApiObject = ApiObject> {
  /** With all defaults; only where there are no errors. */
  readonly object?: Admitted;
  readonly errors: readonly FieldError[];
  readonly warnings: readonly FieldWarning[];
}

/** More mistakes than this are not listed: nobody reads them, and a hostile object could have millions. */
const errorsMax = 100;

const metadataPath = new FieldPath('metadata');

/** Any kind that Mooring knows. */
export function admitObject(raw: unknown, options: AdmitOptions = {}): Admission {
  return admit(raw, undefined, options);
}

/**
 * An object that takes the place of `stored`, which is of the same kind: beside all that `admitObject` says, what may not
 * change. Fields that the cluster has filled in and the update leaves open stay as they are.
 */
export function admitUpdate(raw: unknown, stored: ApiObject, options: AdmitOptions = {}): Admission {
  return admit(raw, stored, options);
}

/** What is wrong with a status that takes the place of the one of `stored`. The rest of `object` is not looked at. */
export function statusErrors(object: ApiObject, stored: ApiObject): readonly FieldError[] {
  const { errors, status } = decodeStatus(object);
  const ruled = rulesOf(object.kind).statusErrors?.({ ...object, status } as ApiObject, stored) ?? [];
  return limited(distinct(concat([errors, withoutEchoes(ruled, errors)]), errorsMax + 1));
}

/** As `admitObject`, for a caller that wants a pod and nothing else. */
export function admitPod(raw: unknown, options: AdmitOptions = {}): Admission<Pod> {
  const { object, errors, warnings } = admitObject(raw, options);
  if (object === undefined) return { errors, warnings };
  if (isPod(object)) return { object, errors, warnings };
  return { errors: [notSupported(new FieldPath('kind'), object.kind, ['Pod'])], warnings };
}

function isPod(object: ApiObject): object is Pod {
  return object.kind === 'Pod';
}

function admit(raw: unknown, stored: ApiObject | undefined, options: AdmitOptions): Admission {
  const { isDecoded = false, isQuiet = false, isSpecKnown = false, limits } = options;
  const decoded = isDecoded ? asDecoded(raw as ApiObject) : decodeObject(raw, limits);
  if (decoded.object === undefined) return decoded;
  const rules = rulesOf(decoded.object.kind);
  const object = isSpecKnown ? withNamespace(decoded.object) : withDefaults(decoded.object, stored);
  const found = objectErrors(object, stored, options);
  const all =
    decoded.errors.length === 0 ? found : concat([decoded.errors, withoutEchoes(found, decoded.errors)]);
  const errors = limited(distinct(all, errorsMax + 1));
  const warnings = isQuiet ? [] : [...decoded.warnings, ...(rules.warnings?.(object, options) ?? [])];
  // Without errors nothing is missing any more.
  return errors.length > 0 ? { errors, warnings } : { object: object as ApiObject, errors, warnings };
}

function asDecoded(object: ApiObject): Decoded {
  return { object, errors: [], warnings: [] };
}

/** An object that was decoded, with all that a cluster fills in; pure and idempotent. `stored`: see `admitUpdate`. */
export function withDefaults(decoded: ApiObject, stored?: ApiObject): Draft<ApiObject> {
  const placed = withNamespace(decoded);
  return rulesOf(decoded.kind).withDefaults?.(placed, stored) ?? placed;
}

function* objectErrors(
  object: Draft<ApiObject>,
  stored: ApiObject | undefined,
  options: AdmitOptions,
): FieldErrors {
  const { kind = '', metadata = {} } = object;
  const rules = rulesOf(kind);
  if (stored !== undefined) yield* metadataUpdateErrors(metadata, stored.metadata, metadataPath);
  yield* metadataErrors(metadata, metadataPath, {
    isNamespaced: kindInfo(kind)?.isNamespaced ?? true,
    nameProblems: rules.nameProblems ?? dns1123SubdomainProblems,
  });
  if (stored === undefined) return yield* rules.errors?.(object, options) ?? [];
  yield* rules.errors?.(object, { ...options, isUpdate: true }) ?? [];
  yield* rules.updateErrors?.(object, stored, options.subresource) ?? [];
}

function withNamespace(object: ApiObject): ApiObject {
  if (kindInfo(object.kind)?.isNamespaced !== true) return object;
  // Not by spread: see `newObject` of the store.
  return Object.assign({}, object, { metadata: defaultMetadata(object.metadata) as ApiObject['metadata'] });
}

/**
 * A part with a wrong type was left out, and validation misses it. What it says about that part, about what is inside
 * and about what is around it, would only repeat the mistake in other words.
 */
function* withoutEchoes(errors: FieldErrors, typeErrors: readonly FieldError[]): FieldErrors {
  for (const error of errors)
    if (!typeErrors.some((typeError) => isRelated(error.field, typeError.field))) yield error;
}

function* concat(sequences: readonly FieldErrors[]): FieldErrors {
  for (const sequence of sequences) yield* sequence;
}

function isRelated(a: string, b: string): boolean {
  return a === b || isInside(a, b) || isInside(b, a);
}

function isInside(inner: string, outer: string): boolean {
  return inner.startsWith(outer) && ['.', '['].includes(inner.charAt(outer.length));
}

function limited(errors: FieldError[]): readonly FieldError[] {
  if (errors.length <= errorsMax) return errors;
  const message = `Too many: more than ${errorsMax} mistakes: only the first ${errorsMax} are listed`;
  return [...errors.slice(0, errorsMax), { field: '', type: 'FieldValueTooMany', message }];
}
