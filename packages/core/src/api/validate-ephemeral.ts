/** Containers that are added to a pod that is there already: what they may not have, and that none of them ever changes. */

import { isDeepStrictEqual } from 'node:util';
import type { Draft } from './draft.ts';
import { duplicate, FieldPath, forbidden, notFound } from './field-error.ts';
import { type FieldErrors, isEmpty } from './field-rules.ts';
import type { EphemeralContainer, Pod, PodSpec } from './pod.ts';
import { type ContainerContext, containerErrors } from './validate-container.ts';

/** Nobody may lean on such a container, so it has nothing by which it could be leant on. In Kubernetes' order. */
const forbiddenFields = [
  ...(['ports', 'resources', 'resizePolicy', 'restartPolicy', 'restartPolicyRules'] as const),
  ...(['livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle'] as const),
];
const forbiddenWords = 'cannot be set for an Ephemeral Container';

/** A name that another container of the pod has too is reported here. */
export function* ephemeralContainerErrors(
  { containers = [], initContainers = [], ephemeralContainers = [] }: Draft<PodSpec>,
  path: FieldPath,
  context: ContainerContext,
): FieldErrors {
  const others = new Set([...containers, ...initContainers].map(({ name = '' }) => name));
  const names = new Set(others);
  for (const [i, container] of ephemeralContainers.entries()) {
    const at = path.index(i);
    const { name, targetContainerName: target } = container;
    yield* containerErrors(container, at, context);
    if (!isEmpty(name) && names.has(name)) yield duplicate(at.child('name'), name);
    names.add(name ?? '');
    if (!isEmpty(target) && !others.has(target)) yield notFound(at.child('targetContainerName'), target);
    yield* forbiddenFieldErrors(container, at);
  }
}

function* forbiddenFieldErrors(container: Draft<EphemeralContainer>, path: FieldPath): FieldErrors {
  const fields: Readonly<Record<string, unknown>> = container;
  for (const field of forbiddenFields)
    if (!isNothing(fields[field])) yield forbidden(path.child(field), forbiddenWords);
  for (const [i, mount] of (container.volumeMounts ?? []).entries())
    for (const field of ['subPath', 'subPathExpr'] as const)
      if (!isEmpty(mount[field]))
        yield forbidden(path.child('volumeMounts').index(i).child(field), forbiddenWords);
}

/** Clients send empty ones along. */
function isNothing(value: unknown): boolean {
  return isDeepStrictEqual(trimmed(value), undefined);
}

/** Written by agents on what stands for a file of theirs. */
const staticPodAnnotations = ['kubernetes.io/config.mirror', 'kubernetes.io/config.source'];

/** What is wrong about the change of the list: containers are added, and nothing else happens to it. */
export function* ephemeralUpdateErrors({ spec = {} }: Draft<Pod>, old: Draft<Pod>): FieldErrors {
  const annotations = old.metadata?.annotations ?? {};
  if (staticPodAnnotations.some((name) => annotations[name] !== undefined))
    return yield forbidden(FieldPath.root, 'static pods do not support ephemeral containers');
  const path = new FieldPath('spec').child('ephemeralContainers');
  const byName = new Map((spec.ephemeralContainers ?? []).map((one) => [one.name, one]));
  for (const known of old.spec?.ephemeralContainers ?? []) {
    const now = byName.get(known.name);
    const words = `existing ephemeral containers ${JSON.stringify(known.name)} may not be`;
    if (now === undefined) yield forbidden(path, `${words} removed`);
    else if (!isDeepStrictEqual(trimmed(now), trimmed(known))) yield forbidden(path, `${words} changed`);
  }
}

/** Without what says nothing, at any depth: an empty list and an absent one are the same. */
function trimmed(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(trimmed);
  if (typeof value !== 'object' || value === null) return value ?? undefined;
  const entries = Object.entries(value).map(([key, inner]) => [key, trimmed(inner)] as const);
  const left = entries.filter(([, inner]) => inner !== undefined);
  return left.length === 0 ? undefined : Object.fromEntries(left);
}
