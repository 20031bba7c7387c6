/**
 * From where a pod is probed, as its annotation says it: `majority of node-b, node-c`, or probe by probe
 * `readiness: node-b; web/liveness: any of node-b, node-c`. Rules are separated by `;` or a new line.
 */

import { type FieldError, FieldPath, invalid, type Parsed } from './field-error.ts';
import type { Labels } from './meta.ts';
import { dns1123SubdomainProblems } from './names.ts';
import type { ProbeType } from './validate-probe.ts';

export const probeFromAnnotation = 'mooring.dev/probe-from';

/** Of the nodes that could make the attempt, how many have to reach the container. */
export type ProbeQuorum = 'any' | 'majority' | 'all' | number;

export interface ProbeFrom {
  /** Names, in the order in which they were given. */
  readonly nodes: readonly string[];
  readonly quorum: ProbeQuorum;
}

export interface ProbeFromRule extends ProbeFrom {
  /** Absent for all containers. */
  readonly container?: string;
  /** Absent for all probes. */
  readonly type?: ProbeType;
  /** As it was written, for messages. */
  readonly text: string;
}

/** Each attempt goes to each of them. */
const probeNodesMax = 16;

const textLengthMax = 4096;

const rulePattern =
  /^(?:(?:(?<container>[^\s/:,]+)\/)?(?<type>liveness|readiness|startup)\s*:)?\s*(?:(?<quorum>any|majority|all|\d{1,3})\s+of\s)?(?<nodes>.*)$/s;

/** All mistakes at once. */
export function parseProbeFrom(
  text: string,
  path: FieldPath = FieldPath.root,
): Parsed<readonly ProbeFromRule[]> {
  if (text.length > textLengthMax)
    return { ok: false, errors: [invalid(path, text, `must be at most ${textLengthMax} characters`)] };
  const rules: ProbeFromRule[] = [];
  const errors: FieldError[] = [];
  const written = text.split(/[;\n]/).map((part) => part.trim());
  for (const part of written.filter((one) => one !== '')) {
    const rule = readRule(part);
    const problems = typeof rule === 'string' ? [rule] : ruleProblems(rule, rules);
    for (const problem of problems) errors.push(invalid(path, part, problem));
    if (typeof rule !== 'string') rules.push(rule);
  }
  if (rules.length === 0 && errors.length === 0) errors.push(invalid(path, text, `names no node: ${syntax}`));
  return errors.length > 0 ? { ok: false, errors } : { ok: true, value: rules };
}

/** The rule for one probe: the one that names it most exactly. What cannot be read says nothing. */
export function probeFromOf(
  annotations: Labels | undefined,
  container: string,
  type: ProbeType,
): ProbeFromRule | undefined {
  const text = annotations?.[probeFromAnnotation];
  if (text === undefined) return undefined;
  const parsed = parseProbeFrom(text);
  if (!parsed.ok) return undefined;
  const fitting = parsed.value.filter((rule) => isFor(rule, container, type));
  return fitting.toSorted((a, b) => exactness(b) - exactness(a))[0];
}

export function isFor(rule: ProbeFromRule, container: string, type: ProbeType): boolean {
  return (rule.container ?? container) === container && (rule.type ?? type) === type;
}

const syntax =
  'such as "node-b", "majority of node-b, node-c" or "readiness: any of node-b, node-c; web/liveness: node-b"';

function readRule(text: string): ProbeFromRule | string {
  const { container, type, quorum = 'majority', nodes = '' } = rulePattern.exec(text)?.groups ?? {};
  const names = nodes.split(',').map((name) => name.trim());
  const given = names.filter((name) => name !== '');
  if (given.length === 0 || given.length < names.length) return `must be node names with commas: ${syntax}`;
  return {
    text,
    nodes: given,
    quorum: quorum === 'any' || quorum === 'majority' || quorum === 'all' ? quorum : Number(quorum),
    ...(container !== undefined && { container }),
    ...(type !== undefined && { type: type as ProbeType }),
  };
}

function* ruleProblems(rule: ProbeFromRule, earlier: readonly ProbeFromRule[]): Iterable<string> {
  const { nodes, quorum, container, type } = rule;
  const wrong = nodes.find((name) => dns1123SubdomainProblems(name).length > 0);
  if (wrong !== undefined) yield `${JSON.stringify(wrong)} is no node name; write it ${syntax}`;
  if (new Set(nodes).size < nodes.length) yield 'must name each node once';
  if (nodes.length > probeNodesMax) yield `must name at most ${probeNodesMax} nodes`;
  if (typeof quorum === 'number' && (quorum < 1 || quorum > nodes.length))
    yield `must ask for 1 to ${nodes.length} of ${nodes.length} nodes`;
  if (earlier.some((other) => other.container === container && other.type === type))
    yield 'is a second rule for the same probes: keep one of them';
}

function exactness({ container, type }: ProbeFromRule): number {
  return (container === undefined ? 0 : 2) + (type === undefined ? 0 : 1);
}
