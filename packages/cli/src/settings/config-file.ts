/** The configuration file: YAML whose keys are those of the table; what is in no table is a mistake, with its line. */

import { didYouMean } from '@mooring/core';
import { isMap, isScalar, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import { Mistake } from './kinds.ts';
import { type SettingKey, type Settings, settingKeys, settingTable } from './table.ts';

export interface ConfigFile {
  readonly path: string;
  readonly values: Partial<Settings>;
  /** `moor.yaml:3: nats.server: ...` */
  readonly mistakes: readonly string[];
}

/** All mistakes at once; never throws. */
export function readConfigFile(path: string, content: string): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines, prettyErrors: false });
  const lineOf = (offset: number) => lines.linePos(offset).line;
  const syntax = document.errors.map((error) => `${path}:${lineOf(error.pos[0])}: ${error.message}`);
  if (syntax.length > 0) return { path, values: {}, mistakes: syntax };
  const found: Found[] = [];
  const mistakes: string[] = [];
  const tell = (offset: number, words: string) => mistakes.push(`${path}:${lineOf(offset)}: ${words}`);
  if (document.contents !== null) collect(document.contents, '', found, tell);
  const values: Record<string, unknown> = {};
  for (const { key, node } of found) {
    const value = settingTable[key].kind.read(node?.toJS(document) ?? null);
    if (value instanceof Mistake) tell(node?.range?.[0] ?? 0, `${key}: ${value.message}`);
    else values[key] = value;
  }
  return { path, values: values as Partial<Settings>, mistakes };
}

interface Found {
  readonly key: SettingKey;
  readonly node: Node | null;
}

type Tell = (offset: number, words: string) => void;

function collect(node: Node, prefix: string, found: Found[], tell: Tell): void {
  const at = node.range?.[0] ?? 0;
  if (!isMap<Node, Node | null>(node)) {
    const where = prefix === '' ? '' : `${prefix.slice(0, -1)}: `;
    const example = prefix === '' ? 'node: web-1' : `${nextKeys(prefix)[0]}: ...`;
    tell(at, `${where}must have keys, such as "${example}"`);
    return;
  }
  for (const pair of node.items) collectPair(pair, prefix, found, tell);
}

function collectPair(
  { key, value }: Pair<Node, Node | null>,
  prefix: string,
  found: Found[],
  tell: Tell,
): void {
  const at = key.range?.[0] ?? 0;
  const name = isScalar(key) ? String(key.value) : '';
  const path = `${prefix}${name}`;
  const setting = settingKeys.find((known) => known === path);
  if (setting !== undefined) found.push({ key: setting, node: value });
  else if (name !== '' && settingKeys.some((known) => known.startsWith(`${path}.`))) {
    if (value !== null && !isEmpty(value)) collect(value, `${path}.`, found, tell);
  } else
    tell(
      at,
      `${path}: unknown key${didYouMean(name, nextKeys(prefix))}; known are ${nextKeys(prefix).join(', ')}`,
    );
}

function isEmpty(node: Node): boolean {
  return isScalar(node) && node.value === null;
}

/** What may stand after `nats.`. */
function nextKeys(prefix: string): readonly string[] {
  const below = settingKeys.filter((key) => key.startsWith(prefix));
  return [...new Set(below.map((key) => key.slice(prefix.length).split('.')[0] ?? ''))];
}
