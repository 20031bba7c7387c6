/** When containers may be started, and how soon again. */

import type { Container, Pod } from '@mooring/core';
import { wasFenced } from './fenced.ts';
import type { Law } from './law.ts';
import { containersOf, type Fact, type Instance, isEphemeral, type PodTruth, type Truth } from './truth.ts';

export const startLaws: readonly (() => Law)[] = [
  () => ({
    id: 'one-instance',
    text: 'no two instances of a container run at once',
    judge: (fact, truth) => {
      const started = startOf(fact);
      if (started === undefined) return undefined;
      const others = truth.instancesOf(started.podUID, started.container);
      const other = others.find((one) => one !== started && one.state === 'running');
      return other && `${other.id} runs while ${describe(started)} is started`;
    },
  }),
  () => ({
    id: 'new-instance',
    text: 'what has ended is replaced, not started once more',
    judge: (fact) => {
      const started = startOf(fact);
      return started !== undefined && started.starts > 1 ? describe(started) : undefined;
    },
  }),
  () => ({
    id: 'never-restart',
    text: 'what is never restarted is started once',
    judge: (fact, truth) => {
      const started = startOf(fact);
      const pod = started && truth.pods.get(started.podUID);
      if (started === undefined || pod === undefined) return undefined;
      if (policyOf(pod.latest, started.container) !== 'Never') return undefined;
      // Another agent of the name has had it, and removed it; this one has still to hear of that.
      if (pod.isGone) return undefined;
      // A start that was never answered, of something that is not there any more: nobody could know that it ran.
      const known = (one: Instance) => !isUnheard(one, truth) && !isUntold(one, started);
      const starts = startsOf(truth, started).filter(known).length;
      // A new image is a wish for a new start.
      const allowed = 1 + (pod.imageChanges.get(started.container) ?? 0);
      return starts > allowed ? `start ${starts} of ${describe(started)}` : undefined;
    },
  }),
  () => ({
    id: 'on-failure',
    text: 'what succeeded is not started again on failure',
    judge: (fact, truth) => {
      const started = startOf(fact);
      const pod = started && truth.pods.get(started.podUID);
      if (started === undefined || pod === undefined) return undefined;
      if (policyOf(pod.latest, started.container) !== 'OnFailure') return undefined;
      const before = startsOf(truth, started).at(-2);
      if (before === undefined || before.exitCode !== 0 || before.killedBy !== undefined || before.isLost)
        return undefined;
      if (before.image !== started.image || isInitAnew(pod, before, started)) return undefined;
      return `${describe(started)} follows the success of ${before.id}`;
    },
  }),
  backOffLaw,
  () => ({
    id: 'no-start-after-deletion',
    text: 'nothing of a deleted pod is started',
    judge: (fact, truth) => {
      if (fact.type !== 'order' || fact.order.verb !== 'startContainer') return undefined;
      const { instance, knownDeletedAtMs } = fact.order;
      if (instance === undefined || knownDeletedAtMs === undefined) return undefined;
      // Within one moment the news may still be on its way through the agent.
      if (knownDeletedAtMs >= truth.nowMs()) return undefined;
      return `${describe(instance)}, ${truth.nowMs() - knownDeletedAtMs} ms after ${fact.order.life} was told`;
    },
  }),
];

/** The numbers of Kubernetes, counted anew by each life of an agent. */
const firstWaitMs = 10_000;
const waitMsMax = 300_000;
const forgivenAfterMs = 600_000;

/** A lower bound: whatever may count as another reason for a start lets the count begin again. */
function backOffLaw(): Law {
  const waits = new Map<string, { life: string; waitMs: number; updatedAtMs: number; image: string }>();
  return {
    id: 'back-off',
    text: 'crash loops are slowed down',
    judge: (fact, truth) => {
      const started = startOf(fact);
      if (started === undefined) return undefined;
      const before = startsOf(truth, started).at(-2);
      if (before === undefined) return undefined;
      const key = `${started.podUID}/${started.container}`;
      const life = started.startedBy ?? '';
      const endedAtMs = before.endedAtMs ?? truth.nowMs();
      const known = waits.get(key);
      // An agent knows nothing of an instance that is not there any more.
      const isOwnEnd =
        before.state === 'exited' &&
        before.wasToStop !== true &&
        !before.isLost &&
        before.sandboxID === started.sandboxID;
      const pod = truth.pods.get(started.podUID);
      // What was stopped for the silence of its node begins anew, as under the next agent.
      const isAnew =
        truth.isAgeUnknown(started.node, endedAtMs) ||
        (pod !== undefined && wasFenced(pod, truth, truth.nowMs() - endedAtMs));
      const isSame = known?.life === life && known.image === started.image && !isAnew;
      const counts = isOwnEnd && isSame && endedAtMs - known.updatedAtMs <= forgivenAfterMs;
      const waitedMs = truth.nowMs() - endedAtMs;
      const nextMs = counts ? Math.min(known.waitMs * 2, waitMsMax) : firstWaitMs;
      waits.set(key, { life, waitMs: nextMs, updatedAtMs: truth.nowMs(), image: started.image });
      // Under another image it begins anew, and the first start with it may have been on its way before that.
      const isOtherImage = before.image !== started.image;
      if (!isOwnEnd || isOtherImage) waits.delete(key);
      if (!counts || waitedMs >= known.waitMs * 0.9) return undefined;
      return `${describe(started)} waited ${waitedMs} ms of ${known.waitMs}`;
    },
  };
}

export function policyOf(pod: Pod, name: string): NonNullable<Container['restartPolicy']> {
  if (isEphemeral(pod, name)) return 'Never';
  const container = containersOf(pod as Parameters<typeof containersOf>[0]).find((one) => one.name === name);
  return container?.restartPolicy ?? pod.spec.restartPolicy ?? 'Always';
}

export function describe({ podName, container, attempt, id }: Instance): string {
  return `${podName}/${container} #${attempt} (${id})`;
}

function startOf(fact: Fact): Instance | undefined {
  return fact.type === 'instance' && fact.change === 'started' ? fact.instance : undefined;
}

function startsOf(truth: Truth, { podUID, container }: Instance): readonly Instance[] {
  return truth.instancesOf(podUID, container).filter(({ startedAtMs }) => startedAtMs !== undefined);
}

function isUnheard({ isLost, node, startedAtMs = 0 }: Instance, truth: Truth): boolean {
  return isLost === true && truth.wasFaultySince(node, startedAtMs);
}

/** It is gone, and so is the agent that knew of it, without having written down that it was there. */
function isUntold({ isLost, isStored, startedBy }: Instance, started: Instance): boolean {
  return isLost === true && isStored !== true && startedBy !== started.startedBy;
}

/** Init containers run again in each sandbox. */
function isInitAnew({ latest }: PodTruth, before: Instance, now: Instance): boolean {
  const isInit = (latest.spec.initContainers ?? []).some(({ name }) => name === now.container);
  return isInit && before.sandboxID !== now.sandboxID;
}
