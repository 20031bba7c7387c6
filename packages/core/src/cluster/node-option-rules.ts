/** Rules of what a node is and how it gives signs of life. */

import { invalid, notSupported, typeInvalid } from '../api/field-error.ts';
import { labelValueProblems, qualifiedNameProblems } from '../api/names.ts';
import type { Taint } from '../api/objects.ts';
import { parseQuantity, quantityProblem } from '../api/quantity.ts';
import { taintEffects } from '../api/taint.ts';
import type { NodeLifecycleSettings } from '../controller/node-lifecycle/settings.ts';
import type { TolerationSeconds } from './default-tolerations.ts';
import {
  array,
  atLeastZero,
  isRecord,
  oneOf,
  positive,
  type Rule,
  type Rules,
  shape,
  shown,
  text,
} from './option-rules.ts';
import type { ControllersOptions, FencingOptions, HeartbeatOptions } from './options.ts';

export const labels: Rule = function* (value, path) {
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

const standardResources = ['cpu', 'memory', 'ephemeral-storage', 'pods'];

/** What a node has of each resource; any text has the type. */
export const resources: Rule = function* (value, path) {
  if (!isRecord(value) || Array.isArray(value)) {
    yield typeInvalid(path, shown(value), 'an object');
    return;
  }
  for (const [name, amount] of Object.entries(value)) {
    // No pod could ask for it, and what was meant would be that of the machine.
    if (!name.includes('/') && !name.startsWith('hugepages-') && !standardResources.includes(name))
      yield notSupported(path.key(name), name, standardResources);
    if (typeof amount !== 'string' && typeof amount !== 'number')
      yield typeInvalid(path.key(name), shown(amount), 'a quantity');
    else if (parseQuantity(amount) === undefined) yield invalid(path.key(name), amount, quantityProblem);
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

const taintRules: Rules<Taint> = {
  key: { rule: labelKey, isRequired: true },
  value: { rule: labelValue },
  effect: { rule: oneOf(taintEffects), isRequired: true },
  timeAdded: { rule: text },
};

export const taintList: Rule = function* (value, path) {
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

const share: Rule = function* (value, path) {
  yield* positive(value, path);
  if (typeof value === 'number' && value > 1) yield invalid(path, value, 'must be at most 1');
};

const nodeLifecycleRules: Rules<NodeLifecycleSettings> = {
  monitorPeriodMs: { rule: positive },
  graceMs: { rule: positive },
  startupGraceMs: { rule: positive },
  evictionRate: { rule: atLeastZero },
  secondaryEvictionRate: { rule: atLeastZero },
  unhealthyZoneThreshold: { rule: share },
  largeZoneNodes: { rule: atLeastZero },
};

const boolean: Rule = (value, path) =>
  typeof value === 'boolean' ? [] : [typeInvalid(path, shown(value), 'a boolean')];

const podGCRules: Rules<Required<NonNullable<ControllersOptions['podGC']>>> = {
  periodMs: { rule: positive },
  terminatedPodsMax: { rule: atLeastZero },
  quarantineMs: { rule: atLeastZero },
  finishesFencedPods: { rule: boolean },
};

const tolerationRules: Rules<TolerationSeconds> = {
  notReady: { rule: atLeastZero },
  unreachable: { rule: atLeastZero },
};

const fencingRules: Rules<FencingOptions> = { afterMs: { rule: positive } };

export const fencing: Rule = (value, path) =>
  typeof value === 'boolean' ? [] : shape(fencingRules)(value, path);

export const nodeLifecycle = shape(nodeLifecycleRules);
export const podGC = shape(podGCRules);
export const tolerationSeconds = shape(tolerationRules);
export const heartbeat = shape(heartbeatRules);
