/** `validation.json`: which objects are accepted, what is complained about, and what is filled in. */

import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { admitObject, admitUpdate, statusErrors, withDefaults } from '../../packages/core/src/api/admit.ts';
import { decodeObject } from '../../packages/core/src/api/decode.ts';
import type { FieldError } from '../../packages/core/src/api/field-error.ts';
import type { ApiObject } from '../../packages/core/src/api/meta.ts';
import { asSet } from '../shown.ts';
import { valuesAt } from '../support/object-path.ts';
import type { TopicRunners } from '../vectors.ts';

interface Complaint {
  readonly field: string;
  readonly type: string;
}

interface ErrorsExpected {
  readonly valid?: boolean;
  readonly errors?: readonly Complaint[] | null;
}

export const runners: TopicRunners = {
  validate({ given, expect }) {
    checkErrors(admitObject(given.manifest).errors, expect);
  },
  validateUpdate({ given, expect }) {
    checkErrors(admitUpdate(given.new, defaulted(given.old)).errors, expect);
  },
  validateStatus({ given, expect }) {
    const stored = { apiVersion: '', kind: given.kind, metadata: { name: 'abc' } };
    const errors = statusErrors({ ...stored, status: given.status } as ApiObject, stored);
    if (expect.valid !== undefined) strictEqual(errors.length === 0, expect.valid);
    const fields = asSet(errors.map(({ field }) => field));
    if (expect.errorFields !== undefined) deepStrictEqual(fields, asSet(expect.errorFields));
  },
  default({ given, expect }) {
    const object = defaulted(given.manifest);
    checkContains(object, expect.contains ?? {}, '');
    for (const path of expect.absent ?? []) deepStrictEqual(valuesAt(object, path), [], path);
  },
};

/** Some of the objects could not be stored: what is filled in is looked at all the same. */
function defaulted(manifest: unknown): ApiObject {
  const { object, errors } = decodeObject(manifest);
  deepStrictEqual(errors, []);
  ok(object !== undefined);
  return withDefaults(object) as ApiObject;
}

function checkErrors(errors: readonly FieldError[], expected: ErrorsExpected): void {
  const wanted = expected.errors ?? (expected.valid === true ? [] : undefined);
  if (wanted !== undefined) deepStrictEqual(complaints(errors), complaints(wanted));
  if (expected.valid !== undefined) strictEqual(errors.length === 0, expected.valid);
}

function complaints(errors: readonly Complaint[]): readonly string[] {
  return asSet(errors.map((error) => `${error.field}: ${error.type}`));
}

/** Maps: the listed keys only, but labels and selectors as a whole; lists: element by element. */
function checkContains(actual: unknown, expected: unknown, path: string): void {
  if (Array.isArray(expected)) {
    ok(Array.isArray(actual), path);
    strictEqual(actual.length, expected.length, path);
    for (const [i, item] of expected.entries()) checkContains(actual[i], item, `${path}[${i}]`);
  } else if (typeof expected === 'object' && expected !== null && !isWhole(path)) {
    for (const [key, item] of Object.entries(expected))
      checkContains(entryOf(actual, key), item, path === '' ? key : `${path}.${key}`);
  } else deepStrictEqual(actual ?? null, expected, path);
}

function isWhole(path: string): boolean {
  return path === 'metadata.labels' || path === 'spec.selector';
}

function entryOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined;
}
