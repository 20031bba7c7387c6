/**
 * True when both are the same JSON; a field that is `undefined` counts as absent.
 *
 * @internal
 */
export function jsonEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i += 1) if (!jsonEqual(a[i], b[i])) return false;
    return true;
  }
  // By `for in`: no list of names is built, because every status is compared with the one before it.
  for (const name in a) if (!jsonEqual(field(a, name), field(b, name))) return false;
  for (const name in b) if (field(a, name) === undefined && field(b, name) !== undefined) return false;
  return true;
}

/** Own fields only: `constructor` and its like are no part of the JSON. */
function field(object: object, name: string): unknown {
  return Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined;
}
