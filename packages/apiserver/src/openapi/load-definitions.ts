/** Reads the definitions that come with this package. */

import { readFile } from 'node:fs/promises';
import type { Definitions } from './definition.ts';

/** Beside `src` as well as beside `dist`. */
const file = new URL('../../openapi/definitions.json', import.meta.url);

let loaded: Promise<Definitions> | undefined;

/** Read when it is first asked for; again only after an attempt that has failed. */
export async function loadDefinitions(): Promise<Definitions> {
  loaded ??= readFile(file, 'utf8').then((text) => JSON.parse(text) as Definitions);
  try {
    return await loaded;
  } catch (error) {
    loaded = undefined;
    throw error;
  }
}

/** The definitions that these lead to, and themselves. */
export function closureOf(definitions: Definitions, names: readonly string[]): Definitions {
  const found = new Map<string, Definitions[string]>();
  const waiting = [...names];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const definition = definitions[next];
    if (definition === undefined || found.has(next)) continue;
    found.set(next, definition);
    for (const property of Object.values(definition.properties)) {
      const { ref } = property.items ?? property.additionalProperties ?? property;
      if (ref !== undefined) waiting.push(ref);
    }
  }
  return Object.fromEntries([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
