/** What is wrong with the options of a cluster or of an agent, all at once and before anything is started. */

import {
  duplicate,
  type FieldError,
  FieldPath,
  formatFieldError,
  invalid,
  notSupported,
  required,
  typeInvalid,
} from '../api/field-error.ts';
import { parseIPv4Range } from '../api/ipv4-range.ts';
import { dns1123SubdomainProblems, labelValueProblems, qualifiedNameProblems } from '../api/names.ts';
import { didYouMean } from '../api/nearest.ts';
import type { Taint } from '../api/objects.ts';
import { MooringError } from '../contract/error.ts';
import type { CrashLoopOptions } from '../kubelet/container/crash-loop.ts';
import { defaultHeartbeat } from '../kubelet/node/wire-heartbeat.ts';
import type {
  AgentOptions,
  ClusterOptions,
  ControllersOptions,
  ControlOptions,
  ElectionOptions,
  HeartbeatOptions,
  NodeOptions,
  SchedulerOptions,
  ServiceProxyOptions,
  ServicesOptions,
} from './options.ts';

/** Throws `INVALID` with every mistake in `fields`. Takes anything: whoever writes without types may give anything. */
export function validateClusterOptions(options: unknown): void {
  throwAll('the options of the cluster', shape(clusterRules)(options, FieldPath.root));
}

/** As `validateClusterOptions`; what belongs to the node of the agent is named without `nodes[0]`. */
export function validateAgentOptions(options: unknown): void {
  throwAll('the options of the agent', shape(agentRules)(options, FieldPath.root));
}

/** As `validateClusterOptions`. */
export function validateControlOptions(options: unknown): void {
  throwAll('the options of the controllers', shape(controlRules)(options, FieldPath.root));
}

function throwAll(what: string, found: Iterable<FieldError>): void {
  const fields = [...found];
  if (fields.length === 0) return;
  throw new MooringError('INVALID', `${what} are invalid: ${fields.map(formatFieldError).join(', ')}`, {
    fields,
  });
}

type Errors = Iterable<FieldError>;
type Rule = (value: unknown, path: FieldPath) => Errors;
interface OptionRule {
  readonly rule: Rule;
  readonly isRequired?: boolean;
}
/** Each option has to have a rule: the compiler says which one was forgotten. */
type Rules<Options> = Readonly<Record<keyof Options, OptionRule>>;

const text: Rule = (value, path) => {
  if (typeof value !== 'string') return [typeInvalid(path, shown(value), 'a string')];
  return value === '' ? [invalid(path, value, 'must not be empty')] : [];
};

const nodeName: Rule = (value, path) => {
  if (typeof value !== 'string' || value === '') return text(value, path);
  return dns1123SubdomainProblems(value).map((problem) => invalid(path, value, problem));
};

const positive: Rule = (value, path) => {
  if (typeof value !== 'number') return [typeInvalid(path, shown(value), 'a number')];
  return Number.isFinite(value) && value > 0
    ? []
    : [invalid(path, value, 'must be finite and greater than 0')];
};

const sliceSize: Rule = (value, path) => {
  if (typeof value !== 'number') return [typeInvalid(path, shown(value), 'a number')];
  return Number.isInteger(value) && value >= 1 && value <= 1000
    ? []
    : [invalid(path, value, 'must be an integer between 1 and 1000, inclusive')];
};

const percentage: Rule = function* (value, path) {
  yield* positive(value, path);
  if (typeof value === 'number' && value > 100) yield invalid(path, value, 'must be at most 100');
};

const notNegative: Rule = (value, path) => (value === 0 ? [] : positive(value, path));

const wholePositive: Rule = (value, path) =>
  typeof value !== 'number' || Number.isInteger(value)
    ? positive(value, path)
    : [invalid(path, value, 'must be a whole number')];

const addressRange: Rule = (value, path) => {
  if (typeof value !== 'string' || value === '') return text(value, path);
  const size = parseIPv4Range(value)?.size ?? 0;
  const rule = 'must be a range of at least 4 IPv4 addresses, such as 127.96.0.0/12';
  return size >= 4 ? [] : [invalid(path, value, rule)];
};

const array: Rule = (value, path) =>
  Array.isArray(value) ? [] : [typeInvalid(path, shown(value), 'an array')];

/** A part that somebody else has made; what it can do is its own affair. */
const part: Rule = (value, path) => (isRecord(value) ? [] : [typeInvalid(path, shown(value), 'an object')]);

const callable: Rule = (value, path) =>
  typeof value === 'function' ? [] : [typeInvalid(path, shown(value), 'a function')];

const nodeList: Rule = function* (value, path) {
  yield* array(value, path);
  if (!Array.isArray(value)) return;
  const names = new Set<unknown>();
  for (const [i, node] of value.entries()) {
    yield* shape(nodeRules)(node, path.index(i));
    const name: unknown = isRecord(node) ? node['name'] : undefined;
    // Two agents of one name would take each other's containers for their own.
    if (names.has(name)) yield duplicate(path.index(i).child('name'), name);
    if (typeof name === 'string') names.add(name);
  }
};

/** An object of known options, as with values that are `undefined` as with ones that are not there. */
function shape<Options>(rules: Rules<Options>): Rule {
  const known = new Map(Object.entries<OptionRule>(rules));
  return function* (value, path) {
    if (!isRecord(value) || Array.isArray(value)) {
      yield typeInvalid(path, shown(value), 'an object');
      return;
    }
    for (const [name, { rule, isRequired }] of known) {
      const option = value[name];
      if (option !== undefined) yield* rule(option, path.child(name));
      else if (isRequired) yield required(path.child(name));
    }
    for (const name of Object.keys(value)) {
      if (known.has(name)) continue;
      const message = `unknown option${didYouMean(name, known.keys())}`;
      yield { field: String(path.child(name)), type: 'FieldValueForbidden', message };
    }
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** In a message: whatever JSON would refuse (functions, cycles, big integers) or say at length, by its type. */
function shown(value: unknown): unknown {
  return isRecord(value) || typeof value === 'function' || typeof value === 'symbol' ? typeof value : value;
}

const crashLoopRules: Rules<CrashLoopOptions> = {
  initialMs: { rule: positive },
  maxMs: { rule: positive },
  resetAfterMs: { rule: positive },
};

const labels: Rule = function* (value, path) {
  if (!isRecord(value) || Array.isArray(value)) {
    yield typeInvalid(path, shown(value), 'an object');
    return;
  }
  for (const [key, label] of Object.entries(value)) {
    for (const problem of qualifiedNameProblems(key)) yield invalid(path, key, problem);
    if (typeof label !== 'string') yield typeInvalid(path.key(key), shown(label), 'a string');
    else for (const problem of labelValueProblems(label)) yield invalid(path.key(key), label, problem);
  }
};

const labelKey: Rule = (value, path) => {
  if (typeof value !== 'string') return text(value, path);
  return qualifiedNameProblems(value).map((problem) => invalid(path, value, problem));
};

const labelValue: Rule = (value, path) => {
  if (typeof value !== 'string') return text(value, path);
  return labelValueProblems(value).map((problem) => invalid(path, value, problem));
};

const taintEffects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
const taintEffect: Rule = (value, path) =>
  taintEffects.includes(value as string) ? [] : [notSupported(path, shown(value), taintEffects)];

const taintRules: Rules<Taint> = {
  key: { rule: labelKey, isRequired: true },
  value: { rule: labelValue },
  effect: { rule: taintEffect, isRequired: true },
  timeAdded: { rule: text },
};

const taintList: Rule = function* (value, path) {
  yield* array(value, path);
  if (!Array.isArray(value)) return;
  for (const [i, taint] of value.entries()) yield* shape(taintRules)(taint, path.index(i));
};

const heartbeatRules: Rules<HeartbeatOptions> = {
  leaseMs: { rule: positive },
  renewMs: { rule: positive },
  statusMs: { rule: positive },
  reportMs: { rule: positive },
};

const heartbeat: Rule = function* (value, path) {
  yield* shape(heartbeatRules)(value, path);
  if (!isRecord(value)) return;
  const { leaseMs = defaultHeartbeat.leaseMs, renewMs } = value;
  if (typeof renewMs === 'number' && typeof leaseMs === 'number' && renewMs * 2 > leaseMs)
    yield invalid(
      path.child('renewMs'),
      renewMs,
      'must be at most half of leaseMs: one lost renewal is no outage',
    );
};

const nodeRules: Rules<NodeOptions> = {
  name: { rule: nodeName, isRequired: true },
  hostIP: { rule: text },
  allocatable: { rule: part },
  labels: { rule: labels },
  taints: { rule: taintList },
  heartbeat: { rule: heartbeat },
  manifests: { rule: text },
  crashLoop: { rule: shape(crashLoopRules) },
  relistMs: { rule: positive },
  postStartMsMax: { rule: positive },
  pullMsMax: { rule: positive },
  withdrawMsMax: { rule: notNegative },
  drainMsMax: { rule: notNegative },
};

const controllersRules: Rules<ControllersOptions> = {
  without: { rule: array },
  endpointsPerSliceMax: { rule: sliceSize },
};

const controllers: Rule = (value, path) => (value === false ? [] : shape(controllersRules)(value, path));

const schedulerRules: Rules<SchedulerOptions> = {
  backOffMs: { rule: positive },
  backOffMsMax: { rule: positive },
  percentageOfNodes: { rule: percentage },
};

const scheduler: Rule = (value, path) => (value === false ? [] : shape(schedulerRules)(value, path));

const servicesRules: Rules<ServicesOptions> = {
  clusterIPRange: { rule: addressRange },
};

const serviceProxyRules: Rules<ServiceProxyOptions> = {
  nodePortAddress: { rule: text },
  connectMsMax: { rule: positive },
  connectionsMax: { rule: wholePositive },
  idleMsMax: { rule: positive },
};

const serviceProxy: Rule = (value, path) => (value === false ? [] : shape(serviceProxyRules)(value, path));

const electionRules: Rules<ElectionOptions> = {
  durationMs: { rule: positive },
};

const sharedRules = {
  plugins: { rule: array, isRequired: true },
  dataDir: { rule: text },
  store: { rule: part },
  bus: { rule: part },
  clock: { rule: part },
  random: { rule: part },
  logger: { rule: part },
  services: { rule: shape(servicesRules) },
  eventTtlMs: { rule: positive },
  transport: { rule: part },
  election: { rule: shape(electionRules) },
} satisfies Partial<Rules<ClusterOptions>>;

const controlRules: Rules<ControlOptions> = {
  ...sharedRules,
  name: { rule: text },
  controllers: { rule: controllers },
  scheduler: { rule: scheduler },
};

const partsOfAgents = {
  volumes: { rule: callable },
  logic: { rule: part },
  serviceProxy: { rule: serviceProxy },
} satisfies Partial<Rules<ClusterOptions>>;

const clusterRules: Rules<ClusterOptions> = { ...controlRules, ...partsOfAgents, nodes: { rule: nodeList } };

const agentRules: Rules<AgentOptions> = {
  ...sharedRules,
  ...partsOfAgents,
  ...nodeRules,
  cluster: { rule: text },
};
