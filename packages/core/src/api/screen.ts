/** The first look at a value from outside, before anything walks it by its meaning. */

import { type FieldError, type FieldPath, forbidden, invalid } from './field-error.ts';

export interface TreeLimits {
  /** Levels of nesting. */
  readonly depthMax: number;
  /** Objects, lists and values together. */
  readonly nodesMax: number;
}

export const defaultTreeLimits: TreeLimits = { depthMax: 64, nodesMax: 100_000 };

/** Keys that could reach the prototype of an object when code merges or copies carelessly. */
const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Longer than any key of the API, of a label or of a ConfigMap may be. */
const keyCharsMax = 1024;

/** What is wrong with a key, wherever it stands. */
export function keyProblem(key: string): string | undefined {
  if (forbiddenKeys.has(key)) return 'this key is not allowed anywhere in an object';
  return key.length > keyCharsMax ? `a key must be no more than ${keyCharsMax} characters` : undefined;
}

export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * What makes a value unfit to be looked at further: too deep (a cycle is), too large, a key that reaches for the
 * prototype, or something that JSON does not have. Looks no further than the first such thing.
 */
export function screenValue(
  value: unknown,
  path: FieldPath,
  limits: TreeLimits = defaultTreeLimits,
): FieldError | undefined {
  let nodes = 0;
  const visit = (node: unknown, at: FieldPath, depth: number): FieldError | undefined => {
    nodes += 1;
    if (nodes > limits.nodesMax) return forbidden(path, `must not hold more than ${limits.nodesMax} values`);
    if (depth > limits.depthMax)
      return forbidden(at, `must not be nested deeper than ${limits.depthMax} levels`);
    if (isJsonScalar(node)) return undefined;
    if (Array.isArray(node)) {
      for (const [i, item] of node.entries()) {
        const error = visit(item, at.index(i), depth + 1);
        if (error !== undefined) return error;
      }
      return undefined;
    }
    if (!isPlainObject(node)) return invalid(at, typeof node, 'is nothing that JSON can hold');
    for (const [key, child] of Object.entries(node)) {
      const problem = keyProblem(key);
      if (problem !== undefined) return forbidden(at.child(key.slice(0, 64)), problem);
      const error = visit(child, at.child(key), depth + 1);
      if (error !== undefined) return error;
    }
    return undefined;
  };
  return visit(value, path, 1);
}

function isJsonScalar(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return true;
    case 'number':
      return Number.isFinite(value);
    default:
      return value === null;
  }
}
