/**
 * Deletes what has lost its owners. There is an actor for an owner as long as something has to be done about its
 * dependents, named by its UID; none for owners that live, and none for dependents.
 */

import { hasFinalizer, orphanFinalizer } from '../../api/finalizers.ts';
import {
  type Controller,
  defineController,
  type ReconcileContext,
  type ReconcileOutcome,
} from '../../contract/controller.ts';
import { LruMap } from '../../engine/lru-map.ts';
import { forEachObject } from '../for-each-object.ts';
import { ownerUIDOf, requestsOf } from './attention.ts';
import { collectDependent, releaseOwner } from './collect-dependents.ts';
import { HeldObjects } from './held-objects.ts';
import { orphanDependents } from './orphan-dependents.ts';
import { collectedKinds, graphIndices, OwnerGraph, waitsForDependents } from './owner-graph.ts';
import { type AbsentOwners, OwnerStates } from './owner-states.ts';

/** Kubernetes' numbers. */
const concurrency = 20;
const absentOwnersMax = 500;
/** An owner that the store has and the cache has not is asked for again. */
const cacheLagMs = 1000;

export function garbageController(): Controller {
  const absent: AbsentOwners = new LruMap(absentOwnersMax);
  const held = new HeldObjects();
  return defineController({
    name: 'garbage',
    component: 'garbage-collector-controller',
    watches: collectedKinds.map((kind) => ({ kind, requestsOf })),
    indices: graphIndices,
    concurrency,
    reconcile: (request, context, signal) =>
      lookAtOwner(ownerUIDOf(request), { context, absent, held, signal }),
  });
}

interface Look {
  readonly context: ReconcileContext;
  readonly absent: AbsentOwners;
  readonly held: HeldObjects;
  readonly signal: AbortSignal;
}

async function lookAtOwner(
  uid: string,
  { context, absent, held, signal }: Look,
): Promise<ReconcileOutcome | undefined> {
  const graph = new OwnerGraph(context);
  const owner = graph.held(uid);
  const states = new OwnerStates({ context, graph, absent, signal });
  const tools = { context, graph, states, signal };
  if (owner !== undefined && hasFinalizer(owner, orphanFinalizer)) {
    await orphanDependents(owner, context, signal);
  } else if (owner === undefined || waitsForDependents(owner)) {
    const [error] = await forEachObject(graph.dependentsOf(uid), signal, (dependent) =>
      collectDependent(dependent, uid, tools),
    );
    if (error !== undefined) throw error;
    if (owner !== undefined) await releaseOwner(owner, tools);
  }
  if (owner !== undefined) return { againAfterMs: held.tell(owner, graph, context) };
  return states.isAheadOfCache ? { againAfterMs: cacheLagMs } : undefined;
}
