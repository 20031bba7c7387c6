/** From the nodes of a YAML document to plain JSON values, with the place of every key kept beside them. */

import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { keyProblem } from '../api/screen.ts';
import type { ManifestLimits } from './limits.ts';
import type { Flaw } from './problem.ts';

/** Offsets in the text: of each key of an object, of each item of a list. */
export type Offsets = ReadonlyMap<object, ReadonlyMap<string, number>>;

export interface YamlValue {
  readonly value: unknown;
  readonly offsets: Offsets;
  readonly flaws: readonly Flaw[];
}

/** Aliases are expanded; what they multiply counts against the limits, so that no bomb goes off. */
export function readYamlValue(contents: unknown, limits: ManifestLimits): YamlValue {
  const reader = new ValueReader(limits);
  try {
    const value = reader.read(contents, 1);
    return { value, offsets: reader.offsets, flaws: reader.flaws };
  } catch (error) {
    if (!(error instanceof LimitError)) throw error;
    return { value: undefined, offsets: reader.offsets, flaws: [...reader.flaws, error.flaw] };
  }
}

/** Ends the reading: going on would be the very work that the limit is there to prevent. */
class LimitError extends Error {
  readonly flaw: Flaw;

  constructor(offset: number, message: string) {
    super(message);
    this.flaw = { offset, message };
  }
}

/** After so many mistakes the rest of a document is noise. */
const flawsMax = 20;

type JsonObject = Record<string, unknown>;

class ValueReader {
  readonly offsets = new Map<object, Map<string, number>>();
  readonly flaws: Flaw[] = [];
  private readonly limits: ManifestLimits;
  private readonly anchors = new Map<string, Node>();
  private readonly underway = new Set<Node>();
  private nodes = 0;

  constructor(limits: ManifestLimits) {
    this.limits = limits;
  }

  read(node: unknown, depth: number): unknown {
    if (!isNode(node)) return null;
    this.nodes += 1;
    const { nodesMax, depthMax } = this.limits;
    if (this.nodes > nodesMax)
      throw new LimitError(offsetOf(node), `the manifest must not hold more than ${nodesMax} values`);
    if (depth > depthMax && !isScalar(node))
      throw new LimitError(offsetOf(node), `must not be nested deeper than ${depthMax} levels`);
    if (isAlias(node)) return this.readAlias(node, depth);
    if (node.anchor !== undefined) this.anchors.set(node.anchor, node);
    if (isScalar(node)) return this.readScalar(node);
    this.underway.add(node);
    const value = isMap(node) ? this.readMap(node, depth) : this.readList(node, depth);
    this.underway.delete(node);
    return value;
  }

  private readAlias(alias: Alias, depth: number): unknown {
    const target = this.anchors.get(alias.source);
    if (target === undefined)
      return this.flaw(alias, `the alias *${alias.source} refers to nothing above it`);
    if (this.underway.has(target)) return this.flaw(alias, `the alias *${alias.source} contains itself`);
    return this.read(target, depth);
  }

  private readScalar(scalar: Scalar): unknown {
    const { value, source } = scalar;
    // Kubernetes reads its manifests by YAML 1.1, where a leading zero means octal: `defaultMode: 0644`.
    if (typeof value === 'number' && scalar.type === 'PLAIN' && /^[-+]?0[0-7]+$/.test(source ?? ''))
      return Number.parseInt(source ?? '', 8);
    const isJson = value === null || ['string', 'number', 'boolean'].includes(typeof value);
    return isJson ? value : this.flaw(scalar, 'is nothing that JSON can hold');
  }

  private readList(list: YAMLSeq, depth: number): unknown {
    const value: unknown[] = [];
    const offsets = new Map<string, number>();
    for (const [i, item] of list.items.entries()) {
      offsets.set(String(i), isNode(item) ? offsetOf(item) : offsetOf(list));
      value.push(this.read(item, depth + 1));
    }
    this.offsets.set(value, offsets);
    return value;
  }

  private readMap(map: YAMLMap, depth: number): unknown {
    const value: JsonObject = {};
    const offsets = new Map<string, number>();
    const merges: Pair[] = [];
    for (const pair of map.items) {
      const key = this.readKey(pair.key, map);
      if (key === undefined) continue;
      if (isMergeKey(pair.key)) merges.push(pair);
      else if (offsets.has(key)) this.flaw(pair.key, `the key "${key}" is given twice`);
      else {
        offsets.set(key, isNode(pair.key) ? offsetOf(pair.key) : offsetOf(map));
        value[key] = this.read(pair.value, depth + 1);
      }
    }
    this.offsets.set(value, offsets);
    for (const pair of merges) this.merge(pair, value, offsets, depth);
    return value;
  }

  /** All keys are read as strings; `undefined` for one that may not be. */
  private readKey(key: unknown, map: YAMLMap): string | undefined {
    const name = isScalar(key) ? String(key.value ?? '') : undefined;
    const problem = name === undefined ? 'a key must be a string' : keyProblem(name);
    if (problem === undefined) return name;
    this.flaw(isNode(key) ? key : map, problem);
    return undefined;
  }

  /** `<<: *base` fills in the keys that the object does not have itself; of several bases the first wins. */
  private merge(pair: Pair, value: JsonObject, offsets: Map<string, number>, depth: number): void {
    const merged = this.read(pair.value, depth + 1);
    for (const base of Array.isArray(merged) ? merged : [merged]) {
      if (typeof base !== 'object' || base === null || Array.isArray(base)) {
        this.flaw(pair.key, 'only objects can be merged');
        continue;
      }
      for (const [key, item] of Object.entries(base)) {
        if (Object.hasOwn(value, key)) continue;
        value[key] = item;
        offsets.set(key, this.offsets.get(base)?.get(key) ?? 0);
      }
    }
  }

  private flaw(node: unknown, message: string): undefined {
    const offset = isNode(node) ? offsetOf(node) : 0;
    if (this.flaws.length >= flawsMax) throw new LimitError(offset, 'and more mistakes, not listed');
    this.flaws.push({ offset, message });
    return undefined;
  }
}

function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.value === '<<' && key.type === 'PLAIN';
}

type ValueNode = Alias | Scalar | YAMLMap | YAMLSeq;

function isNode(node: unknown): node is ValueNode {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node);
}

function offsetOf(node: ValueNode): number {
  return node.range?.[0] ?? 0;
}
