/** Environment variables and where their values come from. Duplicate names are legal: the later one wins. */

import type { Draft } from './draft.ts';
import { type FieldPath, invalid } from './field-error.ts';
import { type FieldErrors, followsRule, isEmpty, requiredName } from './field-rules.ts';
import { configKeyProblems, dns1123SubdomainProblems, envNameProblems } from './names.ts';
import type { EnvFromSource, EnvVar, EnvVarSource, KeySelector } from './pod.ts';
import { envFieldPaths, fieldRefErrors, resourceFieldRefErrors } from './validate-field-ref.ts';

export function* envErrors(variables: readonly Draft<EnvVar>[], path: FieldPath): FieldErrors {
  for (const [i, { name, value, valueFrom }] of variables.entries()) {
    const variablePath = path.index(i);
    yield* requiredName(variablePath.child('name'), name, envNameProblems);
    if (valueFrom !== undefined) yield* sourceErrors(valueFrom, value, variablePath.child('valueFrom'));
  }
}

function* sourceErrors(source: Draft<EnvVarSource>, value: string | undefined, path: FieldPath): FieldErrors {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = source;
  if (fieldRef) yield* fieldRefErrors(fieldRef, path.child('fieldRef'), envFieldPaths);
  if (resourceFieldRef)
    yield* resourceFieldRefErrors(resourceFieldRef, path.child('resourceFieldRef'), 'env');
  if (configMapKeyRef) yield* keySelectorErrors(configMapKeyRef, path.child('configMapKeyRef'));
  if (secretKeyRef) yield* keySelectorErrors(secretKeyRef, path.child('secretKeyRef'));
  const count = Object.values(source).filter((reference) => reference !== undefined).length;
  if (count === 0) {
    const sources = '`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`';
    yield invalid(path, '', `must specify one of: ${sources}`);
  } else if (!isEmpty(value)) {
    yield invalid(path, '', 'may not be specified when `value` is not empty');
  } else if (count > 1) {
    yield invalid(path, '', 'may not have more than one field specified at a time');
  }
}

function* keySelectorErrors({ name = '', key }: Draft<KeySelector>, path: FieldPath): FieldErrors {
  yield* followsRule(path.child('name'), name, dns1123SubdomainProblems);
  yield* requiredName(path.child('key'), key, configKeyProblems);
}

/** The number of sources is reported on the whole list, as the API does. */
export function* envFromErrors(sources: readonly Draft<EnvFromSource>[], path: FieldPath): FieldErrors {
  for (const [i, { prefix, configMapRef, secretRef }] of sources.entries()) {
    const sourcePath = path.index(i);
    if (!isEmpty(prefix)) yield* followsRule(sourcePath.child('prefix'), prefix, envNameProblems);
    if (configMapRef)
      yield* requiredName(
        sourcePath.child('configMapRef', 'name'),
        configMapRef.name,
        dns1123SubdomainProblems,
      );
    if (secretRef)
      yield* requiredName(sourcePath.child('secretRef', 'name'), secretRef.name, dns1123SubdomainProblems);
    if (configMapRef === undefined && secretRef === undefined)
      yield invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`');
    else if (configMapRef !== undefined && secretRef !== undefined)
      yield invalid(path, '', 'may not have more than one field specified at a time');
  }
}
