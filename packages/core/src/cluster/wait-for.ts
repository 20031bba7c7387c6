/** Waiting for an object to become what one wants it to be. */

import { kindInfo } from '../api/kinds.ts';
import type { ApiObject } from '../api/meta.ts';
import { didYouMean } from '../api/nearest.ts';
import type { ReplicaSet, ReplicationController } from '../api/workloads.ts';
import type { Clock } from '../contract/clock.ts';
import { MooringError } from '../contract/error.ts';
import { deadlineSignal } from '../engine/deadline.ts';
import { onLaterFailure } from '../engine/later-failure.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { checkCallOptions } from './call-options.ts';
import { checkedKind } from './check-kind.ts';

/**
 * The type of a condition that must be True, in capitals or not; `phase=Running`; `deleted`; or a test of one's own.
 * `Available` also waits for ReplicaSets and ReplicationControllers: as many available pods as they want.
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
  const isMet = checkedTest(condition);
  const words = typeof condition === 'string' ? condition : 'what was waited for';
  let object: ApiObject | undefined;
  const deadline = deadlineSignal(
    clock,
    options.timeoutMs ?? 60_000,
    options.signal,
    () => `waiting for ${reference} (${lastSeen(object)}) to be ${words}`,
  );
  try {
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
  const [kind, second, third, ...rest] = String(reference).split('/');
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
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
    }[];
  };
};

/** A test that is `async` would hold at once, as a promise is never false. Throws `INVALID`. */
function checkedTest(condition: WaitCondition): (object: ApiObject | undefined) => boolean {
  if (typeof condition === 'function') {
    return (object) => {
      const isMet: unknown = condition(object);
      if (onLaterFailure(isMet, () => {}))
        throw new MooringError('INVALID', 'the test of waitFor must not be async, and it returned a promise');
      return Boolean(isMet);
    };
  }
  checkCondition(condition);
  return testOf(condition);
}

const phases = ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown', 'Active', 'Terminating'];

/** Whoever waits for what no object says of itself waits in vain. The types of conditions are anybody's. */
function checkCondition(condition: unknown): void {
  const [, phase] = /^phase=(.*)$/.exec(String(condition)) ?? [];
  if (phase !== undefined && phases.includes(phase)) return;
  if (phase !== undefined) {
    const words = `waitFor: unknown phase ${JSON.stringify(phase)}${didYouMean(phase, phases)}`;
    throw new MooringError('INVALID', `${words}: must be one of ${phases.join(', ')}`);
  }
  if (typeof condition === 'string' && /^[^\s=]+$/.test(condition)) return;
  const known = 'must be the type of a condition such as Ready, phase=Succeeded, deleted, or a function';
  throw new MooringError('INVALID', `waitFor: unknown condition ${JSON.stringify(condition)}: ${known}`);
}

/** What the object was when the time was over: mostly that says why, be it a misspelt name. */
function lastSeen(object: ApiObject | undefined): string {
  if (object === undefined) return 'not there';
  const { phase, conditions = [] } = (object as Conditioned).status ?? {};
  const said = conditions.map(({ type, status, reason }) =>
    status === 'True' || !reason ? `${type}=${status}` : `${type}=${status}: ${reason}`,
  );
  const seen = [...(phase === undefined ? [] : [`phase=${phase}`]), ...said];
  return seen.length === 0 ? 'without a phase or conditions' : seen.join(', ');
}

function testOf(condition: string): (object: ApiObject | undefined) => boolean {
  if (condition === 'deleted') return (object) => object === undefined;
  const phase = /^phase=(.+)$/.exec(condition)?.[1];
  const wanted = condition.toLowerCase();
  return (object) => {
    const { status } = (object ?? {}) as Conditioned;
    if (phase !== undefined) return status?.phase === phase;
    if (wanted === 'available' && isPodSet(object)) return hasAllAvailable(object);
    const holds = status?.conditions?.some(
      ({ type, status: is }) => type.toLowerCase() === wanted && is === 'True',
    );
    return holds ?? false;
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
