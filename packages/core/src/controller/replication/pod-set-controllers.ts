/** The controllers of ReplicaSets and ReplicationControllers: one code, two kinds. */

import { type Controller, defineController, watchKind } from '../../contract/controller.ts';
import { lookAtPodSet } from './look-at-pod-set.ts';
import type { FailureBackOffSettings } from './pod-failures.ts';
import { type PodSetKind, replicaSetKind, replicationControllerKind } from './pod-set.ts';
import { setsOfPod } from './sets-of-pod.ts';

export interface PodSetControllerOptions {
  /** Pods of one set that are created or deleted before it is looked at again. 500 when not given. */
  readonly burst?: number;
  /** Sets that are looked at at a time. 5 when not given. */
  readonly concurrency?: number;
  /** How a set is slowed down whose pods fail before they are ready. */
  readonly failureBackOff?: FailureBackOffSettings;
}

/** Keeps for each ReplicaSet as many pods as it wants. */
export function replicaSetController(options?: PodSetControllerOptions): Controller {
  return podSetController(replicaSetKind, options);
}

/** Keeps for each ReplicationController as many pods as it wants. */
export function replicationControllerController(options?: PodSetControllerOptions): Controller {
  return podSetController(replicationControllerKind, options);
}

function podSetController(
  kind: PodSetKind,
  { burst = 500, concurrency = 5, failureBackOff = {} }: PodSetControllerOptions = {},
): Controller {
  const settings = { kind, burst, failureBackOff };
  return defineController({
    name: kind.controller,
    kind: kind.kind,
    component: kind.component,
    concurrency,
    watches: [watchKind('Pod', (change, caches) => setsOfPod(kind, change, caches.cache(kind.kind)))],
    reconcile: (request, context, signal) => lookAtPodSet(settings, request, context, signal),
  });
}
