/** What a vector shows is compared, and nothing else; `null` stands for what is absent, and lists have no order. */

import assert from 'node:assert/strict';

/** Each field that `wanted` shows is there with this value; `null` is met by a field that is absent. */
export function assertShown(got: object, wanted: object, where = ''): void {
  const fields: Record<string, unknown> = { ...got };
  const shown = Object.fromEntries(Object.keys(wanted).map((key) => [key, fields[key] ?? null]));
  assert.deepEqual(shown, { ...wanted }, where);
}

/** The list as a set: order ignored, duplicates collapsed; `null` and an absent list are empty. */
export function asSet(items: readonly string[] | null | undefined): readonly string[] {
  return [...new Set(items ?? [])].sort();
}

/** As `assertShown` for lists of names, which are compared as sets. */
export function assertShownSets(
  got: Readonly<Record<string, readonly string[]>>,
  wanted: Readonly<Record<string, readonly string[] | null>>,
): void {
  for (const [key, names] of Object.entries(wanted)) {
    assert.ok(Object.hasOwn(got, key), `there is no ${key}`);
    assert.deepEqual(asSet(got[key]), asSet(names), key);
  }
}
