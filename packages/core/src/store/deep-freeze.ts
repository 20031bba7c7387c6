/** Values are shared by reference between the store and everybody who reads it, so nobody may change them. */

import { MooringError } from '../contract/error.ts';

/** Far deeper than any object is, and far from what a walk through it can bear. */
const depthMax = 256;

/**
 * Freezes a JSON value in place and gives it back. What is frozen already is taken to be frozen all the way down, except
 * at the top: an update usually is a new object around old parts. Throws `INVALID` for what JSON cannot hold, and for what
 * is nested so deep that whoever reads it would run out of stack.
 */
export function deepFreeze<T extends object>(value: T): T {
  Object.freeze(value);
  freezeChildren(value, 1);
  return value;
}

function freezeChildren(value: object, depth: number): void {
  if (depth > depthMax)
    throw new MooringError('INVALID', `a stored value cannot be nested deeper than ${depthMax} levels`);
  // Arrays by index and objects by `for in`: no list of entries is built, because this runs for every write.
  if (Array.isArray(value)) {
    for (const item of value) freezeChild(item, depth);
    return;
  }
  for (const name in value) freezeChild((value as Record<string, unknown>)[name], depth);
}

function freezeChild(child: unknown, depth: number): void {
  const type = typeof child;
  if (type === 'function' || type === 'symbol' || type === 'bigint')
    throw new MooringError('INVALID', `a stored value cannot hold a ${type}`);
  if (typeof child !== 'object' || child === null || Object.isFrozen(child)) return;
  // Frozen before its children are visited, so that a circle ends the walk.
  Object.freeze(child);
  freezeChildren(child, depth + 1);
}
