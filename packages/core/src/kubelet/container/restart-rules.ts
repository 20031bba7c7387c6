/** Restart rules by exit code, of which one restarts the whole pod in place (KEP-5307, KEP-5532). */

import type { Container, ContainerRestartRule, Pod, PodSpec } from '../../api/pod.ts';
import { ownContainers } from '../../api/pod-containers.ts';
import type { ContainerInfo, SandboxID } from '../../contract/container-runtime.ts';
import { exitCodeOf } from './exit-reason.ts';

/** Reason of a container that `RestartAllContainers` has removed: waiting now, and of its end too. */
export const resetReason = 'RestartingAllContainers';
export const resetMessage = 'The container is removed because RestartAllContainers in place';

type RuleAction = ContainerRestartRule['action'];

/** What the first rule that matches says; rules count only beside a restart policy of the container's own. */
export function ruleAction(container: Container, exitCode: number): RuleAction | undefined {
  if (container.restartPolicy === undefined) return undefined;
  return container.restartPolicyRules?.find((rule) => matches(rule, exitCode))?.action;
}

function matches({ exitCodes }: ContainerRestartRule, exitCode: number): boolean {
  if (exitCodes === undefined) return false;
  const listed = exitCodes.values?.includes(exitCode) ?? false;
  return exitCodes.operator === 'In' ? listed : !listed;
}

/** Only such pods carry the condition `AllContainersRestarting`. */
export function hasRestartAllRule({ containers, initContainers = [] }: PodSpec): boolean {
  return containers.some(asksForAll) || initContainers.some(asksForAll);
}

function asksForAll(container: Container): boolean {
  return container.restartPolicyRules?.some((rule) => rule.action === 'RestartAllContainers') ?? false;
}

/** Did the end of this instance ask for all containers of the pod to start over? */
function triggersRestartAll(container: Container, newest: ContainerInfo | undefined): boolean {
  if (newest?.state !== 'exited') return false;
  return ruleAction(container, exitCodeOf(newest)) === 'RestartAllContainers';
}

export interface ContainerToReset {
  readonly id: string;
  readonly name: string;
  /** It has to be killed before it can be removed. */
  readonly mayRun: boolean;
}

/**
 * All instances that have to go (those of ephemeral containers stay), in the order in which to remove them; empty when no container asked for it. The
 * triggers come last: as long as one is there, the order stands, so an agent that stops half-way goes on where it was.
 * Only an end in the current sandbox counts: with a new sandbox everything starts over anyway.
 */
export function containersToReset(
  pod: Pod,
  containers: readonly ContainerInfo[],
  newest: ReadonlyMap<string, ContainerInfo>,
  sandboxID: SandboxID,
): readonly ContainerToReset[] {
  const { spec, metadata } = pod;
  if (metadata.deletionTimestamp !== undefined || !hasRestartAllRule(spec)) return [];
  const triggers = new Set<string>();
  const inits = new Set<string>();
  for (const container of spec.initContainers ?? []) inits.add(container.name);
  const own = ownContainers(pod);
  for (const container of own) {
    const info = newest.get(container.name);
    if (info?.sandboxID === sandboxID && triggersRestartAll(container, info)) triggers.add(container.name);
  }
  if (triggers.size === 0) return [];
  const rank = (name: string) => (triggers.has(name) ? 2 : 0) + (inits.has(name) ? 1 : 0);
  const names = new Set(own.map(({ name }) => name));
  return containers
    .filter(({ containerName }) => names.has(containerName))
    .map((info) => ({ id: info.id, name: info.containerName, mayRun: info.state !== 'exited' }))
    .sort((a, b) => rank(a.name) - rank(b.name));
}
