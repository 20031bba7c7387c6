/** Waiting for an object to become what one wants it to be. */

import { kindInfo } from '../api/kinds.ts';
import type { ApiObject } from '../api/meta.ts';
import type { ReplicaSet, ReplicationController } from '../api/workloads.ts';
import type { Clock } from '../contract/clock.ts';
import { MooringError } from '../contract/error.ts';
import { deadlineSignal } from '../engine/deadline.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { checkCallOptions } from './call-options.ts';
import { checkedKind } from './check-kind.ts';

/**
 * The type of a condition that must be True; `phase=Running`; `deleted`; or a test of one's own. `Available` also waits for
 * ReplicaSets and ReplicationControllers: as many available pods as they want.
 */
export type WaitCondition<T extends ApiObject = ApiObject> = string | ((object: T | undefined) => boolean);

/** How long to wait. */
export interface WaitOptions {
  /** On the cluster's clock; 60 s when not given. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** `reference`: `Pod/default/web`, or `Node/node-a` for kinds without namespaces. `INVALID` when there is no such kind. */
export async function waitFor(
  objects: ObjectStore,
  clock: Clock,
  reference: string,
  condition: WaitCondition,
  options: WaitOptions = {},
): Promise<ApiObject | undefined> {
  checkCallOptions('waitFor', options, { timeoutMs: true, signal: true });
  const { kind, namespace, name } = parseReference(reference);
  const isMet = typeof condition === 'function' ? condition : testOf(condition);
  const words = typeof condition === 'string' ? condition : 'what was waited for';
  const deadline = deadlineSignal(
    clock,
    options.timeoutMs ?? 60_000,
    options.signal,
    `waiting for ${reference} to be ${words}`,
  );
  try {
    let object: ApiObject | undefined;
    for await (const event of objects.watch(kind, namespace, { signal: deadline.signal })) {
      if (event.type !== 'synced' && event.object.metadata.name !== name) continue;
      if (event.type === 'put') object = event.object;
      if (event.type === 'delete') object = undefined;
      // Before everything has been told, an absent object may only not have been told yet.
      if ((object !== undefined || event.type !== 'put') && isMet(object)) return object;
    }
    throw deadline.signal.reason;
  } finally {
    deadline.clear();
  }
}

/** Without a namespace it is that of `default`, where the kind has namespaces. Throws `INVALID`. */
export function parseReference(reference: string): {
  kind: string;
  namespace: string | undefined;
  name: string;
} {
  const [kind, second, third, ...rest] = reference.split('/');
  if (!kind || !second || third === '' || rest.length > 0) {
    throw new MooringError(
      'INVALID',
      `invalid reference ${JSON.stringify(reference)}: must be Kind/namespace/name or Kind/name`,
    );
  }
  checkedKind(kind);
  if (third !== undefined) return { kind, namespace: second, name: third };
  return { kind, namespace: kindInfo(kind)?.isNamespaced ? 'default' : undefined, name: second };
}

type Conditioned = ApiObject & {
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
};

function testOf(condition: string): (object: ApiObject | undefined) => boolean {
  if (condition === 'deleted') return (object) => object === undefined;
  const phase = /^phase=(.+)$/.exec(condition)?.[1];
  return (object) => {
    const { status } = (object ?? {}) as Conditioned;
    if (phase !== undefined) return status?.phase === phase;
    if (condition === 'Available' && isPodSet(object)) return hasAllAvailable(object);
    return status?.conditions?.some(({ type, status: is }) => type === condition && is === 'True') ?? false;
  };
}

/** Kinds that have no condition of that name, as Deployments do. */
function isPodSet(object: ApiObject | undefined): object is ReplicaSet | ReplicationController {
  return object?.kind === 'ReplicaSet' || object?.kind === 'ReplicationController';
}

/** Everything that is wanted now is there and available. */
function hasAllAvailable({ metadata, spec, status }: ReplicaSet | ReplicationController): boolean {
  const isSeen = status?.observedGeneration === metadata.generation;
  return isSeen && (status?.availableReplicas ?? 0) >= (spec.replicas ?? 1);
}
