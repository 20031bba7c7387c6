/** How soon it is told that something is not ready any more. */

import type { Law } from './law.ts';
import { containersOf, type Instance, isProbedElsewhere, type PodTruth, statusesOf } from './truth.ts';
import type { World } from './world.ts';

/** From the agent into the store. */
const storeMsMax = 5000;
/** Clocks of hosts may be slow. */
const rateMax = 1.06;
/** An agent that was not well before may have counted otherwise. */
const caughtUpMs = 20_000;

export function unreadyLaw(world: World): Law {
  return {
    id: 'unready-soon',
    text: 'what has failed its readiness probe often enough is soon said not to be ready',
    judge: (fact, truth) => {
      if (fact.type !== 'answer' || fact.ok || fact.question !== 'readiness') return undefined;
      const { instance } = fact;
      const pod = truth.pods.get(instance.podUID);
      const probe =
        pod && containersOf(pod.latest).find(({ name }) => name === instance.container)?.readinessProbe;
      if (pod === undefined || probe === undefined) return undefined;
      const { periodSeconds = 10, timeoutSeconds = 1, failureThreshold = 3 } = probe;
      if (instance.failuresInRow.readiness !== failureThreshold) return undefined;
      const dueMs = (periodSeconds + timeoutSeconds) * 1000 * rateMax + storeMsMax;
      const sinceMs = truth.nowMs();
      world.clock.setTimeout(() => {
        if ((instance.failuresInRow.readiness ?? 0) < failureThreshold) return;
        if (isExcused(world, instance, pod, sinceMs) || !isSaidReady(instance, pod)) return;
        world.history.violate('unready-soon', `${pod.name}/${instance.container} still counts as ready`);
      }, dueMs);
      return undefined;
    },
  };
}

/** Somebody else has the say, or the answers may not have arrived. */
function isExcused({ truth, nodes }: World, instance: Instance, pod: PodTruth, sinceMs: number): boolean {
  return (
    isProbedElsewhere(pod) ||
    pod.isGone ||
    pod.deletedAtMs !== undefined ||
    instance.state !== 'running' ||
    truth.instancesOf(pod.uid, instance.container).at(-1) !== instance ||
    truth.livesOf(instance.node) > instance.livesAtStart ||
    truth.wasFaultySince(instance.node, instance.startedAtMs ?? 0) ||
    nodes.get(instance.node)?.wasWell(sinceMs - caughtUpMs) !== true
  );
}

function isSaidReady({ id, container }: Instance, { latest }: PodTruth): boolean {
  return statusesOf(latest).some(
    ({ name, containerID, ready }) =>
      name === container && containerID?.endsWith(`://${id}`) && ready === true,
  );
}
