/** When containers may be stopped, and how much time they are given. */

import type { Container } from '@mooring/core';
import { graceMsMin, mayBeFenced } from './fenced.ts';
import type { Law } from './law.ts';
import { describe, policyOf } from './start-laws.ts';
import {
  containersOf,
  type Fact,
  type Instance,
  isProbedElsewhere,
  type Order,
  type PodTruth,
  type Truth,
} from './truth.ts';

/** So much faster than others a clock runs at most. */
const fastest = 0.05;

export const stopLaws: readonly (() => Law)[] = [
  () => ({
    id: 'no-wrong-kill',
    text: 'nothing is killed without a reason',
    judge: (fact, truth) => {
      const order = stopOf(fact);
      if (order?.instance === undefined) return undefined;
      // An order that went wrong is given again, however long that took.
      if (order.instance.killedBy !== undefined) return undefined;
      const pod = truth.pods.get(order.instance.podUID);
      if (pod === undefined || hasReason(order, order.instance, pod, truth)) return undefined;
      return `${order.life} stops ${describe(order.instance)}`;
    },
  }),
  () => ({
    id: 'grace',
    text: 'a deleted pod gets its grace period',
    judge: (fact, truth) => {
      const order = stopOf(fact);
      if (order?.instance === undefined || order.graceMs === undefined) return undefined;
      const pod = truth.pods.get(order.instance.podUID);
      if (pod === undefined || pod.isGone || pod.graceEndMs === undefined) return undefined;
      // Another reason may have come first, with a grace period of its own.
      if (order.instance.killedBy !== undefined || hasOwnReason(order, order.instance, pod, truth))
        return undefined;
      if (hadEnded(pod, truth)) return undefined;
      const nowMs = truth.nowMs();
      const endMs = nowMs + order.graceMs;
      const dueMs = Math.max(pod.graceEndMs, nowMs + graceMsMin);
      // What is left of it is told by the clock of the node, which may run fast.
      const tolerance = 1000 + fastest * (nowMs - (pod.deletedAtMs ?? nowMs));
      return endMs >= dueMs - tolerance
        ? undefined
        : `${describe(order.instance)} is ${dueMs - endMs} ms short`;
    },
  }),
  () => ({
    id: 'on-hold',
    text: 'what has failed for good is not probed again',
    judge: (fact, truth) => {
      if (fact.type !== 'answer' || fact.ok || fact.question === 'readiness' || fact.question === 'hook')
        return undefined;
      const { instance, question } = fact;
      const pod = truth.pods.get(instance.podUID);
      // A question that is asked from elsewhere may come twice.
      if (pod !== undefined && isProbedElsewhere(pod)) return undefined;
      const container = pod && containersOf(pod.latest).find(({ name }) => name === instance.container);
      const probe = question === 'liveness' ? container?.livenessProbe : container?.startupProbe;
      const failures = instance.failuresInRow[question] ?? 0;
      // The next agent counts anew, and an answer that did not arrive does not count.
      if (truth.livesOf(instance.node) > instance.livesAtStart || truth.wasFaultySince(instance.node, 0))
        return undefined;
      return failures > (probe?.failureThreshold ?? 3)
        ? `${describe(instance)} has failed its ${question} probe ${failures} times`
        : undefined;
    },
  }),
  () => ({
    id: 'one-order',
    text: 'orders about one container do not overlap, nor do runs of one command in it',
    judge: (fact) => {
      if (fact.type !== 'order' || fact.order.overlaps === undefined) return undefined;
      const { life, verb, overlaps, instance } = fact.order;
      return `${life} calls ${verb} during ${overlaps} of ${instance ? describe(instance) : 'a new one'}`;
    },
  }),
];

function stopOf(fact: Fact): Order | undefined {
  if (fact.type !== 'order' || fact.order.verb !== 'stopContainer') return undefined;
  return fact.order.instance?.state === 'running' ? fact.order : undefined;
}

function hasReason(order: Order, instance: Instance, pod: PodTruth, truth: Truth): boolean {
  if (pod.isGone || pod.deletedAtMs !== undefined) return true;
  return hasOwnReason(order, instance, pod, truth) || hasEnded(pod, truth);
}

/** Reasons beside the deletion of its pod. */
function hasOwnReason({ life }: Order, instance: Instance, pod: PodTruth, truth: Truth): boolean {
  const { latest } = pod;
  const container = containersOf(latest).find(({ name }) => name === instance.container);
  if (container === undefined) return true;
  return (
    truth.closing.has(life) ||
    truth.mayRestart(instance) ||
    mayBeFenced(pod, truth) ||
    container.image !== instance.image ||
    !truth.isSandboxReady(instance.node, instance.sandboxID) ||
    mayBeUnwell(instance, container, truth) ||
    isOverdue(pod, truth)
  );
}

function thresholdOf(container: Container, question: 'liveness' | 'startup'): number | undefined {
  const probe = question === 'liveness' ? container.livenessProbe : container.startupProbe;
  return probe && (probe.failureThreshold ?? 3);
}

/** Its probes failed often enough, or its hook did, or they may have for all the agent knows. */
function mayBeUnwell(instance: Instance, container: Container, truth: Truth): boolean {
  const { everFailed, longestRun } = instance;
  const asks: readonly ('liveness' | 'startup' | 'hook')[] = [
    ...(container.livenessProbe ? (['liveness'] as const) : []),
    ...(container.startupProbe ? (['startup'] as const) : []),
    ...(container.lifecycle?.postStart ? (['hook'] as const) : []),
  ];
  const hasFailed = (question: (typeof asks)[number]) =>
    question === 'hook'
      ? everFailed.has('hook')
      : (longestRun[question] ?? 0) >= (thresholdOf(container, question) ?? Number.POSITIVE_INFINITY);
  if (asks.some(hasFailed)) return true;
  const sinceMs = instance.startedAtMs ?? 0;
  // An exec call that hangs makes a probe time out; one that fails says nothing about the container, but a hook fails.
  if (asks.includes('hook') && truth.wasFaultySince(instance.node, sinceMs)) return true;
  return asks.length > 0 && truth.wasSlowSince(instance.node, sinceMs);
}

/** By the time of its host, which is that of the status; without one, since its creation. */
function isOverdue({ latest, node }: PodTruth, truth: Truth): boolean {
  const { activeDeadlineSeconds } = latest.spec;
  const startMs = Date.parse(latest.status?.startTime ?? latest.metadata.creationTimestamp);
  return activeDeadlineSeconds !== undefined && startMs + activeDeadlineSeconds * 1000 <= truth.wallMs(node);
}

/** It had ended by itself before it was deleted: its sidecars were on their way out already. */
function hadEnded(pod: PodTruth, truth: Truth): boolean {
  const { uid, latest, deletedAtMs = 0 } = pod;
  const endOf = (name: string) => truth.instancesOf(uid, name).at(-1)?.endedAtMs ?? truth.nowMs();
  return hasEnded(pod, truth) && latest.spec.containers.every(({ name }) => endOf(name) <= deletedAtMs);
}

/** All its app containers have ended for good, or an init container has failed for good: what is left goes too. */
function hasEnded({ uid, latest }: PodTruth, truth: Truth): boolean {
  if (latest.status?.phase === 'Succeeded' || latest.status?.phase === 'Failed') return true;
  const isOver = (name: string, needsFailure: boolean) => {
    const newest = truth.instancesOf(uid, name).at(-1);
    const policy = policyOf(latest, name);
    const container = containersOf(latest).find((one) => one.name === name);
    // One that a probe has ended is as good as dead, and is not replaced.
    const isDoomed = newest?.state === 'running' && policy === 'Never' && !needsFailure;
    if (isDoomed && container && mayBeUnwell(newest, container, truth)) return true;
    if (newest === undefined || newest.state === 'running' || newest.state === 'created') return false;
    if (policy === 'Never') return !needsFailure || newest.exitCode !== 0;
    return policy === 'OnFailure' && !needsFailure && newest.exitCode === 0;
  };
  const inits = (latest.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy !== 'Always');
  return (
    latest.spec.containers.every(({ name }) => isOver(name, false)) ||
    inits.some(({ name }) => isOver(name, true))
  );
}
