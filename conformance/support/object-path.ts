/**
 * Paths into objects as the scenarios write them: `status.conditions[type=Ready].status` picks a list element by a
 * field, `metadata.labels[a.b/c]` a map entry, and `a|b` means any of them.
 */

/** All values that are there; of a path without `|` that is one or none. */
export function valuesAt(object: unknown, path: string): readonly unknown[] {
  if (path === '') return object === undefined || object === null ? [] : [object];
  return splitOutsideBrackets(path, '|')
    .map((one) => splitOutsideBrackets(one, '.').reduce(step, object))
    .filter((value) => value !== undefined && value !== null);
}

/** `name`, `name[key]`, `name[field=value]` */
function step(value: unknown, word: string): unknown {
  const [, name = '', selector] = /^([^[]*)(?:\[(.*)\])?$/s.exec(word) ?? [];
  const entry = entryOf(value, name);
  if (selector === undefined) return entry;
  if (!Array.isArray(entry)) return entryOf(entry, selector);
  const [field = '', ...wanted] = selector.split('=');
  return entry.find((element) => String(entryOf(element, field)) === wanted.join('='));
}

function entryOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined;
}

function splitOutsideBrackets(text: string, separator: string): readonly string[] {
  const parts = [''];
  let depth = 0;
  for (const char of text) {
    if (char === '[') depth += 1;
    if (char === ']') depth -= 1;
    if (char === separator && depth === 0) parts.push('');
    else parts[parts.length - 1] += char;
  }
  return parts;
}
