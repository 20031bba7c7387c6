/**
 * What operators ask of a pod by annotations: they reach the agent wherever it is, survive every restart, and any client
 * can set them (`kubectl annotate pod web mooring.dev/paused='ann: looking into it'`).
 */

import type { Labels } from './meta.ts';

/**
 * While it is there, whatever it says, nothing of the pod is started, and nothing is killed for a probe. What runs goes on,
 * readiness is probed, and the pod can be deleted. Its text is shown: who, when, why.
 */
export const pausedAnnotation = 'mooring.dev/paused';

/** Each change of its text ends the waits of the pod's containers, for their back-off or their image. */
export const retryAnnotation = 'mooring.dev/retry';

/** The condition that shows a pause; `False` once it is over. */
export const pausedCondition = 'mooring.dev/Paused';

type Annotated = { readonly metadata: { readonly annotations?: Labels } };

/** The text of the pause; `undefined` when there is none. */
export function pauseOf({ metadata }: Annotated): string | undefined {
  return metadata.annotations?.[pausedAnnotation];
}

/** Somebody asked, between these two versions of a pod, that it waits no longer. */
export function asksForRetry(before: Annotated, after: Annotated): boolean {
  const wish = after.metadata.annotations?.[retryAnnotation];
  return wish !== undefined && wish !== before.metadata.annotations?.[retryAnnotation];
}
