/** Deployments: a ReplicaSet's rules, and how one set replaces another. */

import type { Draft } from './draft.ts';
import { FieldPath, forbidden, invalid, notSupported, required } from './field-error.ts';
import { type FieldErrors, followsRule, nonNegative } from './field-rules.ts';
import { percentProblems } from './names.ts';
import { selectorErrors, selectorToMatch } from './validate-label-selector.ts';
import type { ValidatePodOptions } from './validate-pod.ts';
import { selectedTemplateErrors, sizeErrors } from './validate-replicas.ts';
import type { Deployment, DeploymentSpec, DeploymentStrategy, IntOrPercent } from './workloads.ts';

const specPath = new FieldPath('spec');

/** Takes a deployment whose defaults are filled in. */
export function* deploymentErrors(
  { spec = {} }: Draft<Deployment>,
  options: ValidatePodOptions,
): FieldErrors {
  yield* sizeErrors(spec);
  yield* selectorErrors(spec.selector, specPath.child('selector'));
  yield* selectedTemplateErrors(spec.template ?? {}, selectorToMatch(spec.selector), options);
  yield* strategyErrors(spec.strategy ?? {}, specPath.child('strategy'));
  yield* nonNegative(specPath.child('revisionHistoryLimit'), spec.revisionHistoryLimit);
  yield* deadlineErrors(spec, specPath.child('progressDeadlineSeconds'));
}

function* deadlineErrors(
  { progressDeadlineSeconds: deadline, minReadySeconds = 0 }: Draft<DeploymentSpec>,
  path: FieldPath,
): FieldErrors {
  if (deadline === undefined) return;
  yield* nonNegative(path, deadline);
  if (deadline <= minReadySeconds) yield invalid(path, deadline, 'must be greater than minReadySeconds');
}

function* strategyErrors(strategy: Draft<DeploymentStrategy>, path: FieldPath): FieldErrors {
  const { type, rollingUpdate } = strategy;
  const rollingPath = path.child('rollingUpdate');
  if (type === 'Recreate') {
    if (rollingUpdate !== undefined)
      yield forbidden(rollingPath, "may not be specified when strategy `type` is 'Recreate'");
  } else if (type !== 'RollingUpdate') yield notSupported(path, strategy, ['Recreate', 'RollingUpdate']);
  else if (rollingUpdate === undefined) yield required(rollingPath);
  else yield* rollingUpdateErrors(rollingUpdate, rollingPath);
}

function* rollingUpdateErrors(
  { maxSurge = 0, maxUnavailable = 0 }: NonNullable<Draft<DeploymentStrategy>['rollingUpdate']>,
  path: FieldPath,
): FieldErrors {
  const unavailablePath = path.child('maxUnavailable');
  yield* intOrPercentErrors(maxUnavailable, unavailablePath);
  yield* intOrPercentErrors(maxSurge, path.child('maxSurge'));
  if (amountOf(maxUnavailable) === 0 && amountOf(maxSurge) === 0)
    yield invalid(unavailablePath, maxUnavailable, 'may not be 0 when `maxSurge` is 0');
  if (isPercent(maxUnavailable) && amountOf(maxUnavailable) > 100)
    yield invalid(unavailablePath, maxUnavailable, 'must not be greater than 100%');
}

function intOrPercentErrors(value: IntOrPercent, path: FieldPath): FieldErrors {
  return typeof value === 'number' ? nonNegative(path, value) : followsRule(path, value, percentProblems);
}

function isPercent(value: IntOrPercent): value is string {
  return typeof value === 'string' && percentProblems(value).length === 0;
}

/** The number in it, of pods or of hundredths; a text that is no number counts as 0. */
function amountOf(value: IntOrPercent): number {
  if (typeof value === 'number') return value;
  const digits = isPercent(value) ? value.slice(0, -1) : value;
  return /^\d+$/.test(digits) ? Number(digits) : 0;
}
