/** What agents may say about pods. */

import type { ContainerStatus, PodPhase, StoredPod } from '@mooring/core';
import type { Law } from './law.ts';
import { describe } from './start-laws.ts';
import { containersOf, type Fact, type Instance, type PodTruth, statusesOf, type Truth } from './truth.ts';

export const statusLaws: readonly (() => Law)[] = [
  () => ({
    id: 'readiness',
    text: 'what is called ready has proved it',
    judge: (fact, truth) => {
      const pod = statusOf(fact, truth);
      if (pod === undefined) return undefined;
      for (const status of statusesOf(pod.latest)) {
        const wrong = status.ready === true ? unproved(status, pod, truth) : undefined;
        if (wrong !== undefined) return `${pod.name}/${status.name}: ${wrong}`;
      }
      return undefined;
    },
  }),
  () => ({
    id: 'no-way-back',
    text: 'neither restart counts nor phases nor generations go back',
    judge: (fact, truth) => {
      const pod = statusOf(fact, truth);
      if (pod === undefined || fact.type !== 'stored' || fact.before === undefined) return undefined;
      const wrong = stepBack(fact.before, pod.latest, truth.contested.has(pod.node));
      return wrong && `${pod.name}: ${wrong}`;
    },
  }),
  finalPhaseLaw,
  () => ({
    id: 'no-false-success',
    text: 'what its agent killed has not succeeded',
    judge: (fact, truth) => {
      const pod = statusOf(fact, truth);
      if (pod === undefined || fact.type !== 'stored' || pod.latest.status?.phase !== 'Succeeded')
        return undefined;
      const { spec } = pod.latest;
      // A deleted pod may end as it likes, and what is never restarted has had its only run.
      if (spec.restartPolicy !== 'OnFailure' || pod.deletedAtMs !== undefined) return undefined;
      const newest = spec.containers.map(({ name }) => truth.instancesOf(pod.uid, name).at(-1));
      // The next agent cannot tell how an end came about, and after a failed hook the exit code counts.
      const killed = newest.find((one) => one?.killedBy === fact.by && !mayHaveFailedHook(one, pod, truth));
      return killed && `${describe(killed)} was killed`;
    },
  }),
  () => ({
    id: 'gone-when-dead',
    text: 'an agent lets a pod go only when nothing of it runs',
    judge: (fact, truth) => {
      if (fact.type !== 'removed' || !truth.isAgent(fact.by)) return undefined;
      return stillRunning(fact.pod, truth);
    },
  }),
];

/** Who declares the pods of a lost node to have failed promises nothing, and no agent can take it back. */
function finalPhaseLaw(): Law {
  const endedByOthers = new Set<string>();
  return {
    id: 'final-phase',
    text: 'a final phase is a promise that nothing runs',
    judge: (fact, truth) => {
      if (fact.type !== 'stored' || !isFinal(fact.pod.latest.status?.phase)) return undefined;
      const { uid } = fact.pod;
      const isNew = !isFinal(fact.before?.status?.phase);
      if (isNew && !truth.isAgent(fact.by)) endedByOthers.add(uid);
      const isPromise = truth.isAgent(fact.by) && !endedByOthers.has(uid);
      return isPromise ? stillRunning(fact.pod, truth) : undefined;
    },
  };
}

/** The pod, if an agent has just written its status. */
function statusOf(fact: Fact, truth: Truth): PodTruth | undefined {
  return fact.type === 'stored' && truth.isAgent(fact.by) ? fact.pod : undefined;
}

/** Or an engine that was out of order could not even run it. */
function mayHaveFailedHook(
  { everFailed, container, node, startedAtMs = 0 }: Instance,
  { latest }: PodTruth,
  truth: Truth,
): boolean {
  const hasHook = containersOf(latest).some(
    ({ name, lifecycle }) => name === container && lifecycle?.postStart,
  );
  return everFailed.has('hook') || (hasHook && truth.wasFaultySince(node, startedAtMs));
}

function unproved(status: ContainerStatus, pod: PodTruth, truth: Truth): string | undefined {
  const container = containersOf(pod.latest).find(({ name }) => name === status.name);
  const isPlainInit =
    container?.restartPolicy !== 'Always' &&
    !pod.latest.spec.containers.some(({ name }) => name === status.name);
  // A plain init container is ready once it has done its work.
  if (isPlainInit) return undefined;
  const id = status.containerID?.split('://')[1] ?? '';
  const instance = truth.instances.get(id);
  if (instance?.startedAtMs === undefined) return `${id || 'nothing'} never ran`;
  const threshold = container?.readinessProbe?.failureThreshold;
  if (threshold === undefined || truth.wasFaultySince(instance.node, instance.startedAtMs)) return undefined;
  if (!instance.everWell.has('readiness')) return `${id} never answered its readiness probe well`;
  const failures = instance.failuresInRow.readiness ?? 0;
  // The status may have been under way when the last answer came.
  return failures > threshold ? `${id} has failed its readiness probe ${failures} times` : undefined;
}

const phases: readonly (PodPhase | undefined)[] = [undefined, 'Pending', 'Running'];

function isFinal(phase: PodPhase | undefined): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

/** `isContested`: another agent may have counted on meanwhile, and seen what this one has not. */
function stepBack(before: StoredPod, now: StoredPod, isContested: boolean): string | undefined {
  const [from, to] = [before.status?.phase, now.status?.phase];
  if (isFinal(from) && from !== to) return `${from} became ${to}`;
  // In a new sandbox the init containers run again, and the pod is pending as it was before they had run.
  const mayInitialize = (now.spec.initContainers ?? []).length > 0;
  if (!isFinal(to) && !mayInitialize && phases.indexOf(to) < phases.indexOf(from))
    return `${from} became ${to}`;
  if (isContested) return undefined;
  const [generation = 0, next = 0] = [before.status?.observedGeneration, now.status?.observedGeneration];
  if (next < generation) return `observed generation ${generation} became ${next}`;
  const counts = new Map(statusesOf(before).map(({ name, restartCount }) => [name, restartCount ?? 0]));
  for (const { name, restartCount = 0 } of statusesOf(now)) {
    const count = counts.get(name) ?? 0;
    if (restartCount < count) return `restart count of ${name} went from ${count} to ${restartCount}`;
  }
  return undefined;
}

function stillRunning({ uid, name }: PodTruth, truth: Truth): string | undefined {
  const running = truth.pods.get(uid)?.instances.find(({ state }) => state === 'running');
  return running && `${name}: ${running.container} (${running.id}) runs`;
}
