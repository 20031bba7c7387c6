/**
 * The one way in for objects: decode, fill in defaults, validate. Manifests, the store and the API take it alike.
 * Never throws; everything that is wrong comes back at once.
 */

import { decodeObject } from './decode.ts';
import { defaultMetadata, defaultPod } from './default-pod.ts';
import type { Draft } from './draft.ts';
import { type FieldError, FieldPath, type FieldWarning, notSupported } from './field-error.ts';
import type { FieldErrors } from './field-rules.ts';
import { kindInfo } from './kinds.ts';
import type { ApiObject } from './meta.ts';
import { dns1123LabelProblems, dns1123SubdomainProblems } from './names.ts';
import type { ConfigMap, Secret } from './objects.ts';
import type { Pod } from './pod.ts';
import { podWarnings } from './pod-warnings.ts';
import type { TreeLimits } from './screen.ts';
import { defaultSecret, validateConfigMap, validateSecret } from './validate-config.ts';
import { metadataErrors } from './validate-meta.ts';
import { distinct, podErrors, type ValidatePodOptions } from './validate-pod.ts';

export interface AdmitOptions extends ValidatePodOptions {
  readonly limits?: TreeLimits;
}

export interface Admission<Admitted extends ApiObject = ApiObject> {
  /** With all defaults; only where there are no errors. */
  readonly object?: Admitted;
  readonly errors: readonly FieldError[];
  readonly warnings: readonly FieldWarning[];
}

/** More mistakes than this are not listed: nobody reads them, and a hostile object could have millions. */
const errorsMax = 100;

/** Any kind that Mooring knows. Kinds that another part reads itself have only their metadata checked. */
export function admitObject(raw: unknown, options: AdmitOptions = {}): Admission {
  const decoded = decodeObject(raw, options.limits);
  if (decoded.object === undefined) return decoded;
  const reviewed = review(decoded.object, options);
  const all = [decoded.errors, withoutEchoes(reviewed.errors, decoded.errors)];
  const errors = limited(distinct(concat(all), errorsMax + 1));
  const warnings = [...decoded.warnings, ...reviewed.warnings];
  return errors.length > 0 ? { errors, warnings } : { object: reviewed.object, errors, warnings };
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

interface Review {
  readonly object: ApiObject;
  readonly errors: FieldErrors;
  readonly warnings: readonly FieldWarning[];
}

/** Decoding has made sure of the JSON types; each cast below says no more than that, and `Draft` keeps the rest open. */
function review(decoded: ApiObject, options: AdmitOptions): Review {
  const object = withNamespace(decoded);
  switch (object.kind) {
    case 'Pod': {
      const pod = defaultPod(object as Draft<Pod>);
      const warnings = [...podWarnings(pod, options.handlers)];
      return { object: pod as Pod, errors: podErrors(pod, options), warnings };
    }
    case 'ConfigMap':
      return { object, errors: validateConfigMap(object as Draft<ConfigMap>), warnings: [] };
    case 'Secret': {
      const secret = defaultSecret(object as Draft<Secret>);
      return { object: secret as Secret, errors: validateSecret(secret), warnings: [] };
    }
    default:
      return { object, errors: metadataOnlyErrors(object), warnings: [] };
  }
}

function withNamespace(object: ApiObject): ApiObject {
  if (kindInfo(object.kind)?.isNamespaced !== true) return object;
  return { ...object, metadata: defaultMetadata(object.metadata) as ApiObject['metadata'] };
}

function metadataOnlyErrors(object: ApiObject): readonly FieldError[] {
  const nameProblems = object.kind === 'Namespace' ? dns1123LabelProblems : dns1123SubdomainProblems;
  const isNamespaced = kindInfo(object.kind)?.isNamespaced ?? true;
  return [...metadataErrors(object.metadata, new FieldPath('metadata'), { isNamespaced, nameProblems })];
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
