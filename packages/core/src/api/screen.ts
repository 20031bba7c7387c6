/** The first look at a value from outside, before anything walks it by its meaning. */

import { type FieldError, FieldPath, forbidden, invalid } from './field-error.ts';

/** How large a decoded value may be, so that no input exhausts the process. */
export interface TreeLimits {
  /** Levels of nesting. */
  readonly depthMax: number;
  /** Objects, lists and values together. */
  readonly nodesMax: number;
}

/** What a manifest or a request may have at most: 64 levels, 100,000 values. */
export const defaultTreeLimits: TreeLimits = { depthMax: 64, nodesMax: 100_000 };

/** Keys that could reach the prototype of an object when code merges or copies carelessly. */
const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Longer than any key of the API, of a label or of a ConfigMap may be. */
const keyCharsMax = 1024;

/** What is wrong with a key, wherever it stands. */
export function keyProblem(key: string): string | undefined {
  if (forbiddenKeys.has(key)) return `the key "${key}" is not allowed anywhere in an object`;
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
export function screenValue(value: unknown, limits: TreeLimits = defaultTreeLimits): FieldError | undefined {
  return new Screen(limits).visit(value);
}

class Screen {
  private readonly limits: TreeLimits;
  /** Where the visit is; made into a path only when there is something to say. */
  private readonly trail: (string | number)[] = [];
  private nodes = 0;

  constructor(limits: TreeLimits) {
    this.limits = limits;
  }

  visit(node: unknown): FieldError | undefined {
    this.nodes += 1;
    const { nodesMax, depthMax } = this.limits;
    if (this.nodes > nodesMax) return forbidden(FieldPath.root, `must not hold more than ${nodesMax} values`);
    if (isJsonScalar(node)) return undefined;
    if (this.trail.length >= depthMax)
      return forbidden(this.path(), `must not be nested deeper than ${depthMax} levels`);
    if (Array.isArray(node)) return this.visitItems(node);
    if (isPlainObject(node)) return this.visitFields(node);
    return invalid(this.path(), typeof node, 'is nothing that JSON can hold');
  }

  private visitItems(items: readonly unknown[]): FieldError | undefined {
    for (let i = 0; i < items.length; i += 1) {
      const error = this.visitChild(i, items[i]);
      if (error !== undefined) return error;
    }
    return undefined;
  }

  /** By `for in`: no list of names is built, because every object that comes in is looked at. */
  private visitFields(fields: Readonly<Record<string, unknown>>): FieldError | undefined {
    for (const key in fields) {
      const problem = keyProblem(key);
      if (problem !== undefined) return forbidden(this.path().child(key.slice(0, 64)), problem);
      const error = this.visitChild(key, fields[key]);
      if (error !== undefined) return error;
    }
    return undefined;
  }

  private visitChild(step: string | number, child: unknown): FieldError | undefined {
    this.trail.push(step);
    const error = this.visit(child);
    if (error === undefined) this.trail.pop();
    return error;
  }

  private path(): FieldPath {
    return this.trail.reduce<FieldPath>(
      (path, step) => (typeof step === 'number' ? path.index(step) : path.child(step)),
      FieldPath.root,
    );
  }
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
