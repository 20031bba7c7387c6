/** Whether an agent that could not renew its lease may have stopped a pod before it was replaced elsewhere. */

import type { PodTruth, Truth } from './truth.ts';

/** What an engine is told at least, whatever the grace period is. */
export const graceMsMin = 2000;
/** A quarter of 85 % of 22 s (preset `small`), and 5 % for a clock that is slow. */
const fenceGraceMsMax = 5000;

/** An engine may keep an agent from what it has begun for so long. */
const faultyMsMax = 130_000;

/** At this moment. What was begun in silence is not taken back when the lease is renewed. */
export function mayBeFenced(pod: PodTruth, truth: Truth): boolean {
  const stopMs = fenceGraceMsMax + (1 + sidecarsOf(pod)) * graceMsMin;
  const isFaulty = truth.wasFaultySince(pod.node, truth.nowMs() - stopMs);
  return wasFenced(pod, truth, isFaulty ? stopMs + faultyMsMax : stopMs);
}

/** Until at most `agoMs` ago; not much earlier than it has to. */
export function wasFenced(pod: PodTruth, truth: Truth, agoMs: number): boolean {
  const { fencedAfterMs } = truth;
  if (fencedAfterMs === undefined) return false;
  if (truth.contested.has(pod.node)) return true;
  // Sidecars stop one after the other.
  return truth.silentMs(pod.node, agoMs) >= fencedAfterMs - sidecarsOf(pod) * graceMsMin;
}

function sidecarsOf({ latest }: PodTruth): number {
  return (latest.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always').length;
}
