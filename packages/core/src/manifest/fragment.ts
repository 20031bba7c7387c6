/** Pieces of manifests, as tutorials print them: `readinessProbe: ...` and nothing around it. */

import { type FieldError, FieldPath, required } from '../api/field-error.ts';
import { containerSchema, podSpecSchema } from '../api/pod-schema.ts';
import type { ObjectSchema } from '../api/schema.ts';
import { isPlainObject } from '../api/screen.ts';

/** An error that says where the piece belongs; `undefined` for what calls itself an object. */
export function fragmentProblem(value: unknown): FieldError | undefined {
  if (!isPlainObject(value)) return undefined;
  if (value['apiVersion'] !== undefined || value['kind'] !== undefined) return undefined;
  const keys = Object.keys(value);
  const belongs = placeOf(keys);
  const detail = `this is no API object, since it has neither apiVersion nor kind${belongs}`;
  return required(new FieldPath('apiVersion'), detail);
}

function placeOf(keys: readonly string[]): string {
  const names = keys.slice(0, 5).join(', ');
  if (isPartOf(keys, containerSchema))
    return `; ${names} belongs to a container: put it under spec.containers[] of a Pod`;
  if (isPartOf(keys, podSpecSchema)) return `; ${names} belongs to the spec of a Pod`;
  return '';
}

function isPartOf(keys: readonly string[], schema: ObjectSchema): boolean {
  return keys.length > 0 && keys.every((key) => Object.hasOwn(schema.fields, key));
}
