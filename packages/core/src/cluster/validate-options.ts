/** What is wrong with the options of a cluster or of an agent, all at once and before anything is started. */

import {
  duplicate,
  type FieldError,
  FieldPath,
  formatFieldError,
  invalid,
  typeInvalid,
} from '../api/field-error.ts';
import { ipAddress } from '../api/field-rules.ts';
import { parseIPv4Range } from '../api/ipv4-range.ts';
import { dns1123SubdomainProblems } from '../api/names.ts';
import { MooringError } from '../contract/error.ts';
import type { CrashLoopOptions } from '../kubelet/container/crash-loop.ts';
import type { KubeletLogic } from '../kubelet/kubelet.ts';
import { builtInControllerNames } from './built-in-controller-names.ts';
import {
  fencing,
  heartbeat,
  labels,
  nodeLifecycle,
  podGC,
  resources,
  taintList,
  tolerationSeconds,
} from './node-option-rules.ts';
import { relationErrors } from './number-relations.ts';
import {
  array,
  atLeastZero,
  callable,
  isRecord,
  oneOf,
  partWith,
  percentage,
  positive,
  type Rule,
  type Rules,
  shape,
  shown,
  text,
} from './option-rules.ts';
import type {
  AgentOptions,
  CarrierWraps,
  ClusterOptions,
  ControllersOptions,
  ControlOptions,
  ElectionOptions,
  NodeOptions,
  SchedulerOptions,
  ServiceProxyOptions,
  ServicesOptions,
} from './options.ts';

/** Throws `INVALID` with every mistake in `fields`. Takes anything: whoever writes without types may give anything. */
export function validateClusterOptions(options: unknown): void {
  throwAll('the options of the cluster', shape(clusterRules)(options, FieldPath.root));
  // They have the right types now.
  throwAll('the options of the cluster', relationErrors(options as ClusterOptions));
}

/** As `validateClusterOptions`; what belongs to the node of the agent is named without `nodes[0]`. */
export function validateAgentOptions(options: unknown): void {
  throwAll('the options of the agent', shape(agentRules)(options, FieldPath.root));
  const agent = options as AgentOptions;
  throwAll('the options of the agent', relationErrors({ ...agent, controllers: false }, agent));
}

/** As `validateClusterOptions`. */
export function validateControlOptions(options: unknown): void {
  throwAll('the options of the controllers', shape(controlRules)(options, FieldPath.root));
  throwAll('the options of the controllers', relationErrors(options as ControlOptions));
}

/** The same for what was found in a DI container: only then is it known. */
export function validateRegistered(options: ClusterOptions): void {
  const { store, bus, clock, random, logger } = sharedRules;
  const rules = Object.entries({ store, bus, clock, random, logger, logic: partsOfAgents.logic });
  const errors = rules.flatMap(([name, { rule }]) => {
    const found: unknown = options[name as keyof ClusterOptions];
    return found === undefined ? [] : [...rule(found, FieldPath.root.child(name))];
  });
  throwAll('the parts in the container', errors);
}

/** The same for what `carriers` have put around store and bus. */
export function validateCarriers({ store, bus }: Pick<ClusterOptions, 'store' | 'bus'>): void {
  const path = FieldPath.root.child('carriers');
  const errors = [...sharedRules.store.rule(store, path.child('store'))];
  throwAll('what was given back', [...errors, ...sharedRules.bus.rule(bus, path.child('bus'))]);
}

function throwAll(what: string, found: Iterable<FieldError>): void {
  const fields = [...found];
  if (fields.length === 0) return;
  throw new MooringError('INVALID', `${what} are invalid: ${fields.map(formatFieldError).join(', ')}`, {
    fields,
  });
}

const nodeName: Rule = (value, path) => {
  if (typeof value !== 'string' || value === '') return text(value, path);
  return dns1123SubdomainProblems(value).map((problem) => invalid(path, value, problem));
};

const address: Rule = (value, path) =>
  typeof value !== 'string' || value === '' ? text(value, path) : ipAddress(path, value);

const sliceSize: Rule = (value, path) => {
  if (typeof value !== 'number') return [typeInvalid(path, shown(value), 'a number')];
  return Number.isInteger(value) && value >= 1 && value <= 1000
    ? []
    : [invalid(path, value, 'must be an integer between 1 and 1000, inclusive')];
};

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

const crashLoopRules: Rules<CrashLoopOptions> = {
  initialMs: { rule: positive },
  maxMs: { rule: positive },
  resetAfterMs: { rule: positive },
};

const nodeRules: Rules<NodeOptions> = {
  name: { rule: nodeName, isRequired: true },
  hostIP: { rule: address },
  allocatable: { rule: resources },
  labels: { rule: labels },
  taints: { rule: taintList },
  heartbeat: { rule: heartbeat },
  fencing: { rule: fencing },
  manifests: { rule: text },
  crashLoop: { rule: shape(crashLoopRules) },
  relistMs: { rule: positive },
  postStartMsMax: { rule: positive },
  pullMsMax: { rule: positive },
  withdrawMsMax: { rule: atLeastZero },
  drainMsMax: { rule: atLeastZero },
};

const controllerNames: Rule = function* (value, path) {
  yield* array(value, path);
  if (!Array.isArray(value)) return;
  for (const [i, name] of value.entries()) yield* oneOf(builtInControllerNames)(name, path.index(i));
};

const controllersRules: Rules<ControllersOptions> = {
  without: { rule: controllerNames },
  endpointsPerSliceMax: { rule: sliceSize },
  nodeLifecycle: { rule: nodeLifecycle },
  podGC: { rule: podGC },
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
  nodePortAddress: { rule: address },
  connectMsMax: { rule: positive },
  connectionsMax: { rule: wholePositive },
  idleMsMax: { rule: positive },
};

const serviceProxy: Rule = (value, path) => (value === false ? [] : shape(serviceProxyRules)(value, path));

const electionRules: Rules<ElectionOptions> = {
  durationMs: { rule: positive },
};

const carrierRules: Rules<CarrierWraps> = {
  store: { rule: callable },
  bus: { rule: callable },
};

const sharedRules = {
  plugins: { rule: array, isRequired: true },
  dataDir: { rule: text },
  store: { rule: partWith('get', 'list', 'create', 'update', 'delete', 'watch') },
  bus: { rule: partWith('publish', 'subscribe', 'request') },
  clock: { rule: partWith('now', 'monotonicMs', 'setTimeout', 'clearTimeout') },
  random: { rule: partWith('next', 'uuid') },
  logger: { rule: partWith('debug', 'info', 'warn', 'error', 'child') },
  services: { rule: shape(servicesRules) },
  eventTtlMs: { rule: positive },
  transport: { rule: partWith('open') },
  container: { rule: partWith('isRegistered', 'resolve') },
  carriers: { rule: shape(carrierRules) },
  election: { rule: shape(electionRules) },
  preset: { rule: oneOf(['kubernetes', 'small']) },
  tolerationSeconds: { rule: tolerationSeconds },
} satisfies Partial<Rules<ClusterOptions>>;

const controlRules: Rules<ControlOptions> = {
  ...sharedRules,
  name: { rule: text },
  controllers: { rule: controllers },
  scheduler: { rule: scheduler },
};

const logicRules: Rules<KubeletLogic> = {
  probe: { rule: callable },
  container: { rule: callable },
  pod: { rule: callable },
};

const partsOfAgents = {
  volumes: { rule: callable },
  logic: { rule: shape(logicRules) },
  serviceProxy: { rule: serviceProxy },
} satisfies Partial<Rules<ClusterOptions>>;

const clusterRules: Rules<ClusterOptions> = { ...controlRules, ...partsOfAgents, nodes: { rule: nodeList } };

const agentRules: Rules<AgentOptions> = {
  ...sharedRules,
  ...partsOfAgents,
  ...nodeRules,
  cluster: { rule: text },
};
