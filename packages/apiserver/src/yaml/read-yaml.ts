/** One document of YAML, with the keys that it gives twice. Pure. */

import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
} from 'yaml';

export interface ReadYAML {
  /** Of a key that is given twice, the last value. */
  readonly value: unknown;
  /** In the order and the words of Kubernetes' reader: `line 10: key "paused" already set in map`. */
  readonly doubledKeys: readonly string[];
}

const foundMax = 100;

/** Throws an `Error` for what is no YAML, and for more than one document. */
export function readYAML(text: string): ReadYAML {
  const lines = new LineCounter();
  const [document, ...others] = parseAllDocuments(text, { uniqueKeys: false, lineCounter: lines });
  if (others.length > 0) throw new Error('there is more than one document');
  const [problem] = document?.errors ?? [];
  if (problem !== undefined) throw problem;
  const value: unknown = document?.toJS({ maxAliasCount: 100 }) ?? {};
  return { value, doubledKeys: document === undefined ? [] : doubledKeys(document, lines) };
}

function doubledKeys({ contents }: Document, lines: LineCounter): readonly string[] {
  const found: string[] = [];
  const visit = (node: unknown): void => {
    if (isSeq(node)) for (const item of node.items) visit(item);
    if (!isMap(node)) return;
    const keys = new Set<unknown>();
    for (const pair of node.items) {
      // What is inside comes first, as it is read before it is set.
      visit(pair.value);
      if (!isScalar(pair.key) || found.length >= foundMax) continue;
      const { value: key } = pair.key;
      if (keys.has(key)) found.push(`line ${lineOf(pair, lines)}: key ${keyText(key)} already set in map`);
      keys.add(key);
    }
  };
  visit(contents);
  return found;
}

/** Where its value begins. */
function lineOf(pair: unknown, lines: LineCounter): number {
  if (!isPair(pair)) return 0;
  const { key, value } = pair;
  const isThere =
    isNode(value) && !isAlias(value) && value.range && !(isScalar(value) && value.value === null);
  const at = isThere ? value : key;
  return lines.linePos((isNode(at) && at.range?.[0]) || 0).line;
}

function keyText(key: unknown): string {
  return typeof key === 'string' ? JSON.stringify(key) : String(key);
}
