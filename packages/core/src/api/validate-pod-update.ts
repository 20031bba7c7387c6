/** What may change in a pod that exists: its metadata, its images, a shorter deadline, further tolerations. */

import { isDeepStrictEqual } from 'node:util';
import type { Draft } from './draft.ts';
import { type FieldError, FieldPath, forbidden, invalid, required } from './field-error.ts';
import { type FieldErrors, isEmpty } from './field-rules.ts';
import type { Container, Pod, PodSpec, Toleration } from './pod.ts';
import { ephemeralUpdateErrors } from './validate-ephemeral.ts';
import { metadataUpdateErrors } from './validate-meta.ts';
import { distinct, type ValidatePodOptions, validatePod } from './validate-pod.ts';

/** A part of a spec that is written by a sub-resource of its own, and by nothing else. */
export type SpecSubresource = 'ephemeralcontainers';

/** Both pods carry their defaults. Includes everything that `validatePod` says about the new one. */
export function validatePodUpdate(
  newPod: Draft<Pod>,
  oldPod: Draft<Pod>,
  options: ValidatePodOptions = {},
): FieldError[] {
  return distinct([
    ...metadataUpdateErrors(newPod.metadata ?? {}, oldPod.metadata ?? {}, new FieldPath('metadata')),
    ...validatePod(newPod, { ...options, isUpdate: true }),
    ...podUpdateErrors(newPod, oldPod),
  ]);
}

/** What the change itself is wrong about, beside the metadata. `subresource`: what alone is written. */
export function podUpdateErrors(
  newPod: Draft<Pod>,
  oldPod: Draft<Pod>,
  subresource?: SpecSubresource,
): FieldErrors {
  if (subresource === 'ephemeralcontainers') return ephemeralUpdateErrors(newPod, oldPod);
  return specUpdateErrors(newPod.spec ?? {}, oldPod.spec ?? {}, new FieldPath('spec'));
}

function* specUpdateErrors(spec: Draft<PodSpec>, old: Draft<PodSpec>, path: FieldPath): FieldErrors {
  const countErrors = [
    ...containerListErrors(spec.containers, old.containers, path.child('containers'), 'containers'),
    ...containerListErrors(
      spec.initContainers,
      old.initContainers,
      path.child('initContainers'),
      'init containers',
    ),
  ];
  yield* countErrors;
  // With another number of containers every comparison below would only repeat it.
  if (countErrors.some((error) => error.type === 'FieldValueForbidden')) return;
  yield* deadlineErrors(spec, old, path.child('activeDeadlineSeconds'));
  yield* tolerationUpdateErrors(spec.tolerations ?? [], old.tolerations ?? [], path.child('tolerations'));
  const changed = [...changedPaths(withMutableFieldsOf(spec, old), old, path)];
  if (changed.length > 0) yield forbidden(path, `${mutableFieldsWords}: ${changed.slice(0, 10).join(', ')}`);
}

const mutableFieldsWords =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,' +
  '`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),' +
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

type Containers = readonly Draft<Container>[] | undefined;

function* containerListErrors(
  containers: Containers = [],
  old: Containers = [],
  path: FieldPath,
  noun: string,
): FieldErrors {
  if (containers.length !== old.length)
    return yield forbidden(path, `pod updates may not add or remove ${noun}`);
  for (const [i, container] of containers.entries())
    if (isEmpty(container.image)) yield required(path.index(i).child('image'));
}

/** A deadline may come nearer, never move away or vanish. Its range is checked with the rest of the pod. */
function* deadlineErrors(spec: Draft<PodSpec>, old: Draft<PodSpec>, path: FieldPath): FieldErrors {
  const oldSeconds = old.activeDeadlineSeconds;
  const seconds = spec.activeDeadlineSeconds;
  if (oldSeconds === undefined) return;
  if (seconds === undefined)
    yield invalid(path, null, 'must not update from a positive integer to nil value');
  else if (seconds > oldSeconds) yield invalid(path, seconds, 'must be less than or equal to previous value');
}

type Tolerations = readonly Draft<Toleration>[];

function* tolerationUpdateErrors(tolerations: Tolerations, old: Tolerations, path: FieldPath): FieldErrors {
  const kept = new Set(tolerations.map(tolerationIdentity));
  if (!old.every((toleration) => kept.has(tolerationIdentity(toleration))))
    yield forbidden(path, 'existing toleration can not be modified except its tolerationSeconds');
}

function tolerationIdentity({ key, operator, value, effect }: Draft<Toleration>): string {
  return JSON.stringify([key ?? '', operator ?? '', value ?? '', effect ?? '']);
}

/** The new spec with the old values of all that may change: what differs after that was not allowed to. */
function withMutableFieldsOf(spec: Draft<PodSpec>, old: Draft<PodSpec>): Draft<PodSpec> {
  const wasNegative = (old.terminationGracePeriodSeconds ?? 0) < 0;
  const becomesOne = wasNegative && spec.terminationGracePeriodSeconds === 1;
  return {
    ...spec,
    containers: withImagesOf(spec.containers, old.containers),
    initContainers: withImagesOf(spec.initContainers, old.initContainers),
    activeDeadlineSeconds: old.activeDeadlineSeconds,
    tolerations: old.tolerations,
    ...(becomesOne && { terminationGracePeriodSeconds: old.terminationGracePeriodSeconds }),
  };
}

function withImagesOf(containers: Containers, old: Containers): Containers {
  return containers?.map((container, i) => ({ ...container, image: old?.[i]?.image }));
}

/** The deepest paths at which two values differ; a missing field equals an undefined one. */
function* changedPaths(a: unknown, b: unknown, path: FieldPath): Iterable<FieldPath> {
  if (isDeepStrictEqual(a, b)) return;
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
    for (const [i, item] of a.entries()) yield* changedPaths(item, b[i], path.index(i));
  } else if (isRecord(a) && isRecord(b)) {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)]))
      yield* changedPaths(a[key], b[key], path.child(key));
  } else yield path;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
