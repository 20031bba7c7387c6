/** The conditions that the node agent owns. */

import type { ConditionStatus } from '../../api/meta.ts';
import { formatTime } from '../../api/meta.ts';
import { pausedCondition } from '../../api/operator-wishes.ts';
import { isSidecar, type PodCondition, type PodPhase, type PodSpec } from '../../api/pod.ts';
import { hasRestartAllRule } from '../container/restart-rules.ts';
import { hasStartedApp, type StatusByName } from './phase.ts';

export interface ConditionVerdict {
  readonly status: ConditionStatus;
  readonly reason?: string;
  readonly message?: string;
}

const isTrue: ConditionVerdict = { status: 'True' };
const isFalse: ConditionVerdict = { status: 'False' };

/** `known`: `undefined` when nothing is known yet, which differs from knowing that there are none. */
export function initialized(
  spec: PodSpec,
  known: StatusByName | undefined,
  phase: PodPhase,
): ConditionVerdict {
  const inits = spec.initContainers ?? [];
  if (known === undefined && inits.length > 0) return { status: 'False', reason: 'UnknownContainerStatuses' };
  const statuses: StatusByName = known ?? new Map();
  const unknown = inits.filter(({ name }) => !statuses.has(name)).map(({ name }) => name);
  if (phase === 'Succeeded' && unknown.length === 0) return { status: 'True', reason: 'PodCompleted' };
  if (hasStartedApp(spec, statuses)) return isTrue;
  const incomplete = inits.filter((container) => {
    const status = statuses.get(container.name);
    return status !== undefined && (isSidecar(container) ? status.started : status.ready) !== true;
  });
  const message = listed({ unknown, incomplete: incomplete.map(({ name }) => name) });
  return message === '' ? isTrue : { status: 'False', reason: 'ContainersNotInitialized', message };
}

/** App containers and sidecars are ready; plain init containers do not count. */
export function containersReady(
  spec: PodSpec,
  statuses: StatusByName | undefined,
  phase: PodPhase,
): ConditionVerdict {
  if (statuses === undefined) return { status: 'False', reason: 'UnknownContainerStatuses' };
  const unknown: string[] = [];
  const unready: string[] = [];
  const look = ({ name }: { readonly name: string }) => {
    const status = statuses.get(name);
    if (status === undefined) unknown.push(name);
    else if (status.ready !== true) unready.push(name);
  };
  for (const container of spec.initContainers ?? []) if (isSidecar(container)) look(container);
  for (const container of spec.containers) look(container);
  if (phase === 'Succeeded' && unknown.length === 0) return { status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  const message = listed({ unknown, unready });
  return message === '' ? isTrue : { status: 'False', reason: 'ContainersNotReady', message };
}

/** Containers come first; readiness gates are looked at only when all containers are ready. */
export function ready(
  spec: PodSpec,
  containers: ConditionVerdict,
  others: readonly PodCondition[],
): ConditionVerdict {
  if (containers.status !== 'True' || spec.readinessGates === undefined) return containers;
  const missing: string[] = [];
  for (const { conditionType } of spec.readinessGates) {
    const gate = others.find(({ type }) => type === conditionType);
    if (gate === undefined)
      missing.push(`corresponding condition of pod readiness gate "${conditionType}" does not exist.`);
    else if (gate.status !== 'True')
      missing.push(`the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`);
  }
  if (missing.length === 0) return isTrue;
  return { status: 'False', reason: 'ReadinessGatesNotReady', message: missing.join(', ') };
}

/** `containers with unknown status: [a b], containers with unready status: [c]` */
function listed(groups: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(groups)
    .filter(([, names]) => names.length > 0)
    .map(([word, names]) => `containers with ${word} status: [${names.join(' ')}]`)
    .join(', ');
}

export interface ConditionFacts {
  readonly spec: PodSpec;
  readonly statuses: StatusByName;
  readonly phase: PodPhase;
  /** The pod has a sandbox that containers can run in. */
  readonly hasSandbox: boolean;
  /** `RestartAllContainers` is under way. */
  readonly restartingAll: boolean;
  /** The agent's own conditions as it made them last. */
  readonly previous: readonly PodCondition[];
  /** The conditions of the object as others may have written them; those that are not the agent's are kept. */
  readonly published: readonly PodCondition[];
  readonly generation: number | undefined;
  /** The text of its pause, while there is one. */
  readonly pause?: string | undefined;
  readonly nowMs: number;
}

/** Other owners' conditions first, then the agent's own, in the kubelet's order. */
export function podConditions(facts: ConditionFacts): readonly PodCondition[] {
  const { spec, statuses, phase } = facts;
  const others = facts.published.filter(({ type }) => !isOwnCondition(type));
  const containers = containersReady(spec, statuses, phase);
  const own: (readonly [string, ConditionVerdict])[] = [
    ['PodReadyToStartContainers', facts.hasSandbox ? isTrue : isFalse],
    ['Initialized', initialized(spec, statuses, phase)],
    ['Ready', ready(spec, containers, others)],
    ['ContainersReady', containers],
    ['PodScheduled', isTrue],
  ];
  if (hasRestartAllRule(spec)) own.push(['AllContainersRestarting', restartingAll(facts)]);
  const paused = pauseVerdict(facts);
  if (paused !== undefined) own.push([pausedCondition, paused]);
  return [...others, ...own.map(([type, verdict]) => asCondition(type, verdict, facts))];
}

const ownTypes: ReadonlySet<string> = new Set([
  'PodReadyToStartContainers',
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodScheduled',
  'AllContainersRestarting',
  pausedCondition,
]);

/** Is this condition the node agent's to write? */
function isOwnCondition(type: string): boolean {
  return ownTypes.has(type);
}

export function isConditionTrue(conditions: readonly PodCondition[] | undefined, type: string): boolean {
  return conditions?.find((condition) => condition.type === type)?.status === 'True';
}

/** Nothing of a pod that never was paused. */
function pauseVerdict({ pause, previous }: ConditionFacts): ConditionVerdict | undefined {
  if (pause !== undefined) return { status: 'True', reason: 'OperatorRequest', message: pause };
  return previous.some(({ type }) => type === pausedCondition) ? isFalse : undefined;
}

function restartingAll({ phase, restartingAll: underWay }: ConditionFacts): ConditionVerdict {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  return underWay ? { status: 'True', reason: 'RestartAllContainersStarted' } : isFalse;
}

/** The time of transition moves with the status only, not with reason or message. */
function asCondition(type: string, verdict: ConditionVerdict, facts: ConditionFacts): PodCondition {
  const before = facts.previous.find((condition) => condition.type === type);
  const since = before?.status === verdict.status ? before.lastTransitionTime : undefined;
  const { generation } = facts;
  return {
    type,
    status: verdict.status,
    lastProbeTime: null,
    lastTransitionTime: since ?? formatTime(facts.nowMs),
    ...(verdict.reason !== undefined && { reason: verdict.reason }),
    ...(verdict.message !== undefined && { message: verdict.message }),
    ...(generation !== undefined && { observedGeneration: generation }),
  };
}
