/** The template that pods are made from: the rules of a pod, those of a template, and that its maker finds them again. */

import type { Draft } from './draft.ts';
import { type FieldPath, forbidden, invalid, notSupported } from './field-error.ts';
import type { FieldErrors } from './field-rules.ts';
import type { Labels } from './meta.ts';
import { annotationErrors, labelErrors } from './validate-meta.ts';
import { podAnnotationErrors, podSpecErrors, type ValidatePodOptions } from './validate-pod.ts';
import { probeFromErrors } from './validate-probe-from.ts';
import type { PodTemplateSpec } from './workloads.ts';

export interface TemplateContext extends ValidatePodOptions {
  /** The kind that stands in the message about deadlines. */
  readonly owner: 'ReplicaSet' | 'ReplicationController';
  /** Does the selector of the owner match? */
  isSelected(labels: Labels): boolean;
}

export function* podTemplateErrors(
  { metadata = {}, spec = {} }: Draft<PodTemplateSpec>,
  path: FieldPath,
  context: TemplateContext,
): FieldErrors {
  const { labels = {}, annotations = {} } = metadata;
  // Every label has a value: decoding makes the empty string of a missing one.
  if (!context.isSelected(labels as Labels))
    yield invalid(path.child('metadata', 'labels'), labels, '`selector` does not match template `labels`');
  yield* labelErrors(labels, path.child('labels'));
  yield* annotationErrors(annotations, path.child('annotations'));
  yield* podAnnotationErrors(annotations, path.child('annotations'));
  yield* probeFromErrors(annotations, spec, path.child('annotations'), context.handlers);
  const specPath = path.child('spec');
  yield* podSpecErrors(spec, specPath, { ...context, isTemplate: true });
  // A pod that ends by itself would be made anew for ever.
  if (spec.restartPolicy !== 'Always')
    yield notSupported(specPath.child('restartPolicy'), spec.restartPolicy, ['Always']);
  if (spec.activeDeadlineSeconds !== undefined) {
    const detail = `activeDeadlineSeconds in ${context.owner} is not Supported`;
    yield forbidden(specPath.child('activeDeadlineSeconds'), detail);
  }
}
