/** ReplicationControllers and ReplicaSets. */

import type { Draft } from './draft.ts';
import { FieldPath, required } from './field-error.ts';
import { type FieldErrors, nonNegative } from './field-rules.ts';
import { mapSelectorMatches, selectorMatches } from './selector.ts';
import {
  type SelectorToMatch,
  selectorErrors,
  selectorToMatch,
  selectorUpdateErrors,
} from './validate-label-selector.ts';
import type { ValidatePodOptions } from './validate-pod.ts';
import { podTemplateErrors } from './validate-pod-template.ts';
import type { PodTemplateSpec, ReplicaSet, ReplicaSetSpec, ReplicationController } from './workloads.ts';

const specPath = new FieldPath('spec');
const templatePath = specPath.child('template');
const selectorPath = specPath.child('selector');

/** Takes a controller whose defaults are filled in. */
export function* replicationControllerErrors(
  { spec = {} }: Draft<ReplicationController>,
  options: ValidatePodOptions,
): FieldErrors {
  const { template } = spec;
  const selector = (spec.selector ?? {}) as Readonly<Record<string, string>>;
  yield* sizeErrors(spec);
  // Its syntax needs no look: it has to match labels, which have been looked at.
  if (Object.keys(selector).length === 0) yield required(selectorPath);
  if (template === undefined) return yield required(templatePath);
  yield* podTemplateErrors(template, templatePath, {
    ...options,
    owner: 'ReplicationController',
    isSelected: (labels) => mapSelectorMatches(selector, labels),
  });
}

/** Takes a set whose defaults are filled in. */
export function* replicaSetErrors(
  { spec = {} }: Draft<ReplicaSet>,
  options: ValidatePodOptions,
): FieldErrors {
  yield* sizeErrors(spec);
  yield* selectorErrors(spec.selector, selectorPath);
  yield* selectedTemplateErrors(spec.template ?? {}, selectorToMatch(spec.selector), options);
}

export function* sizeErrors(spec: Pick<Draft<ReplicaSetSpec>, 'replicas' | 'minReadySeconds'>): FieldErrors {
  yield* nonNegative(specPath.child('replicas'), spec.replicas);
  yield* nonNegative(specPath.child('minReadySeconds'), spec.minReadySeconds);
}

/** The template is not looked at when the selector itself is broken. */
export function* selectedTemplateErrors(
  template: Draft<PodTemplateSpec>,
  selector: SelectorToMatch,
  options: ValidatePodOptions,
): FieldErrors {
  if (selector === undefined) return;
  yield* podTemplateErrors(template, templatePath, {
    ...options,
    owner: 'ReplicaSet',
    isSelected: (labels) => selector !== 'nothing' && selectorMatches(selector, labels),
  });
}

/** A set never lets go of its pods by forgetting how it finds them. */
export function replicaSetUpdateErrors(set: Draft<ReplicaSet>, old: Draft<ReplicaSet>): FieldErrors {
  return selectorUpdateErrors(set.spec?.selector, old.spec?.selector, selectorPath);
}
