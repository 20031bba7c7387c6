/** `validation.json`: which pods are accepted, what is complained about, and what is filled in. */

import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { admitPod } from '../../packages/core/src/api/admit.ts';
import { decodeObject } from '../../packages/core/src/api/decode.ts';
import { defaultPod } from '../../packages/core/src/api/default-pod.ts';
import type { FieldError } from '../../packages/core/src/api/field-error.ts';
import type { Pod } from '../../packages/core/src/api/pod.ts';
import { validatePodUpdate } from '../../packages/core/src/api/validate-pod-update.ts';
import { SkipCase, type TopicRunners } from '../vectors.ts';

interface Complaint {
  readonly field: string;
  readonly type: string;
}

interface ErrorsExpected {
  readonly valid: boolean;
  readonly errors: readonly Complaint[];
}

export const runners: TopicRunners = {
  validate({ given, expect }) {
    onlyPods('validate', given.manifest.kind);
    checkErrors(admitPod(given.manifest).errors, expect);
  },
  validateUpdate({ given, expect }) {
    onlyPods('validateUpdate', given.new.kind);
    checkErrors(validatePodUpdate(defaulted(given.new), defaulted(given.old)), expect);
  },
  validateStatus({ given }) {
    onlyPods('validateStatus', given.kind);
    throw new SkipCase('validateStatus of Pod not supported yet');
  },
  default({ given, expect }) {
    onlyPods('default', given.manifest.kind);
    const pod = defaulted(given.manifest);
    checkContains(pod, expect.contains, '');
    for (const path of expect.absent ?? []) strictEqual(valueAt(pod, path), undefined, path);
  },
};

function onlyPods(op: string, kind: string): void {
  if (kind !== 'Pod') throw new SkipCase(`${op} of ${kind} not supported yet`);
}

function defaulted(manifest: unknown): Pod {
  const { object, errors } = decodeObject(manifest);
  deepStrictEqual(errors, []);
  ok(object !== undefined);
  return defaultPod(object as Pod);
}

function checkErrors(errors: readonly FieldError[], expected: ErrorsExpected): void {
  deepStrictEqual(complaints(errors), complaints(expected.errors));
  strictEqual(errors.length === 0, expected.valid);
}

function complaints(errors: readonly Complaint[]): readonly string[] {
  return [...new Set(errors.map((error) => `${error.field}: ${error.type}`))].sort();
}

/** Maps: the listed keys only, but labels and selectors as a whole; lists: element by element. */
function checkContains(actual: unknown, expected: unknown, path: string): void {
  if (Array.isArray(expected)) {
    ok(Array.isArray(actual), path);
    strictEqual(actual.length, expected.length, path);
    for (const [i, item] of expected.entries()) checkContains(actual[i], item, `${path}[${i}]`);
  } else if (typeof expected === 'object' && expected !== null && !isWhole(path)) {
    for (const [key, item] of Object.entries(expected))
      checkContains(valueAt(actual, key), item, path === '' ? key : `${path}.${key}`);
  } else deepStrictEqual(actual, expected, path);
}

function isWhole(path: string): boolean {
  return path === 'metadata.labels' || path === 'spec.selector';
}

function valueAt(value: unknown, path: string): unknown {
  let current = value;
  for (const key of path.split(/[.[\]]+/).filter((part) => part !== ''))
    current = (current as Record<string, unknown> | undefined)?.[key];
  return current;
}
