/** The wait of a deleted pod for its traffic to leave it, before its stop signal. */

import { sleep } from '../../engine/abortable.ts';
import { deadlineSignal } from '../../engine/deadline.ts';
import type { NodeContext, PodRecord } from '../node-context.ts';

/** Of the grace period: what is left is the program's own. */
const graceShareMax = 0.5;

/**
 * Resolves when no EndpointSlice lists the pod as ready and the proxies of this process have no connection open to it, or
 * when the bounds of both waits are over; at once where no Service selects the pod. Where another process of this host
 * carries the traffic, nobody here can tell when the last connection is over: the second wait is as long as it may be. It
 * looks at what is there, so any container of the pod may ask, and an agent that starts in the middle asks anew. Rejects
 * only with `signal.reason`.
 */
export async function withdrawn(
  node: NodeContext,
  record: PodRecord,
  graceMs: number,
  signal: AbortSignal,
): Promise<void> {
  const { metadata } = record.pod;
  const { traffic, settings, clock } = node;
  // The endpoints of a pod that only stops do not know of it: its readiness says so, or its end.
  if (metadata.deletionTimestamp === undefined) return;
  const podUID = metadata.uid;
  // Whoever keeps the EndpointSlices may be away: then the bounds pass, and nobody has been told.
  traffic.leave(podUID);
  const { withdrawMsMax, drainMsMax } = settings;
  record.withdrawalSinceMs ??= clock.monotonicMs();
  const untilMs = record.withdrawalSinceMs + Math.min(withdrawMsMax + drainMsMax, graceMs * graceShareMax);
  const wait = async (msMax: number, leave: (inner: AbortSignal) => Promise<void>) => {
    const leftMs = Math.min(msMax, untilMs - clock.monotonicMs());
    if (leftMs <= 0) return;
    const deadline = deadlineSignal(clock, leftMs, signal, 'the withdrawal of the pod');
    // That the time is over is no failure: the pod has to go.
    await leave(deadline.signal).catch(() => {});
    deadline.clear();
    signal.throwIfAborted();
  };
  if (traffic.isListed(podUID)) await wait(withdrawMsMax, (inner) => traffic.unlisted(podUID, inner));
  if (traffic.isServedElsewhere(podUID)) await wait(drainMsMax, (inner) => sleep(clock, drainMsMax, inner));
  else if (traffic.connectionsTo(podUID) > 0)
    await wait(drainMsMax, (inner) => traffic.drained(podUID, inner));
}
