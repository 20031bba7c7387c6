/** Deletes the pods that do not tolerate the taints of their node, when the time that they tolerate them for is over. */

import type { ObjectOf } from '../../api/known-kinds.ts';
import { formatTime } from '../../api/meta.ts';
import type { NodeObject } from '../../api/objects.ts';
import type { StoredPod } from '../../api/pod.ts';
import { withPodCondition } from '../../api/pod-condition.ts';
import {
  type Controller,
  defineController,
  type ReconcileContext,
  type ReconcileOutcome,
  watchKind,
} from '../../contract/controller.ts';
import { hasCode } from '../../contract/error.ts';
import { atATime } from '../../engine/at-a-time.ts';
import { nodeNameIndex } from '../../store/common-indices.ts';
import { jsonEqual } from '../../store/json-equal.ts';
import { evictAtMs, noExecuteTaints } from './eviction-time.ts';

type Node = ObjectOf<'Node'>;

/** Pods of one node that are deleted at a time. */
const deletionsAtOnce = 8;

const retryMsMax = 5000;

/** By node: the pods whose time is running, by UID. Only who hears of it depends on this. */
type Scheduled = Map<string, ReadonlyMap<string, StoredPod>>;

export function taintEvictionController(): Controller {
  const scheduled: Scheduled = new Map();
  const drives = (node: NodeObject | undefined) => noExecuteTaints(node).length > 0;
  return defineController({
    name: 'taint-eviction',
    kind: 'Node',
    component: 'taint-eviction-controller',
    concurrency: 8,
    // What could not be deleted during an outage goes soon after it.
    retry: { backOffMsMax: retryMsMax },
    concerns: ({ object, old }) => drives(object as NodeObject) || drives(old as NodeObject | undefined),
    watches: [
      watchKind('Pod', ({ object, old, isDeleted }, caches) => {
        const { nodeName } = object.spec;
        if (isDeleted || nodeName === undefined || (old !== undefined && isAsBefore(object, old))) return [];
        const isDriven = drives(caches.cache('Node').get(undefined, nodeName));
        return isDriven ? [{ namespace: undefined, name: nodeName }] : [];
      }),
    ],
    reconcile: ({ name }, context, signal) => look(name, scheduled, context, signal),
  });
}

function isAsBefore({ spec }: StoredPod, { spec: old }: StoredPod): boolean {
  return spec.nodeName === old.nodeName && jsonEqual(spec.tolerations ?? [], old.tolerations ?? []);
}

async function look(
  name: string,
  scheduled: Scheduled,
  context: ReconcileContext,
  signal: AbortSignal,
): Promise<ReconcileOutcome | undefined> {
  const { cache, clock } = context;
  const node = cache('Node').get(undefined, name);
  const taints = node === undefined ? [] : noExecuteTaints(await dated(node, context, signal));
  const pods = cache('Pod')
    .byIndex(nodeNameIndex, name)
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const nowMs = clock.now();
  const due: StoredPod[] = [];
  const waiting = new Map<string, StoredPod>();
  let nextMs = Number.POSITIVE_INFINITY;
  for (const pod of taints.length === 0 ? [] : pods) {
    const atMs = evictAtMs(taints, pod, nowMs);
    if (atMs === undefined) continue;
    if (atMs <= nowMs) due.push(pod);
    else {
      waiting.set(pod.metadata.uid, pod);
      nextMs = Math.min(nextMs, atMs);
    }
  }
  announceCancelled(scheduled.get(name), new Set([...waiting.keys(), ...due.map(uidOf)]), pods, context);
  if (waiting.size > 0) scheduled.set(name, waiting);
  else scheduled.delete(name);
  await evict(due, name, context, signal);
  return waiting.size === 0 ? undefined : { againAfterMs: nextMs - nowMs };
}

/** A taint without a time gets one, for others count from there too, and this controller after a restart. */
async function dated(node: Node, { objects, clock }: ReconcileContext, signal: AbortSignal): Promise<Node> {
  const isUndated = (current: NodeObject) =>
    noExecuteTaints(current).some(({ timeAdded }) => timeAdded === undefined);
  if (!isUndated(node)) return node;
  const timeAdded = formatTime(clock.now());
  const change = (current: Node) => {
    if (!isUndated(current)) return undefined;
    const taints = current.spec?.taints?.map((taint) =>
      taint.effect === 'NoExecute' && taint.timeAdded === undefined ? { ...taint, timeAdded } : taint,
    );
    return { ...current, spec: { ...current.spec, taints: taints ?? [] } };
  };
  return await objects.patchWith('Node', undefined, node.metadata.name, change, { signal });
}

function announceCancelled(
  before: ReadonlyMap<string, StoredPod> | undefined,
  still: ReadonlySet<string>,
  pods: readonly StoredPod[],
  { recordEvent }: ReconcileContext,
): void {
  const there = new Set(pods.map(uidOf));
  for (const [uid, pod] of before ?? []) {
    if (still.has(uid) || !there.has(uid)) continue;
    const message = `Cancelling deletion of Pod ${nameOf(pod)}`;
    recordEvent(pod, { type: 'Normal', reason: 'TaintManagerEviction', message });
  }
}

async function evict(
  due: readonly StoredPod[],
  nodeName: string,
  context: ReconcileContext,
  signal: AbortSignal,
): Promise<void> {
  if (due.length === 0) return;
  // Not on the word of a cache: the node may be well again, and what is deleted does not come back.
  const live = await context.objects.get('Node', undefined, nodeName, signal);
  const taints = noExecuteTaints(live);
  const nowMs = context.clock.now();
  const isDue = (pod: StoredPod) => {
    const atMs = taints.length === 0 ? undefined : evictAtMs(taints, pod, nowMs);
    return atMs !== undefined && atMs <= nowMs;
  };
  const errors: unknown[] = [];
  await atATime(
    due.filter(isDue),
    deletionsAtOnce,
    signal,
    (pod) => evictPod(pod, context, signal),
    (_, error) => errors.push(error),
  );
  // The others are gone by now; what failed is tried again.
  if (errors.length > 0) throw errors[0];
}

async function evictPod(
  pod: StoredPod,
  { objects, clock, recordEvent }: ReconcileContext,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, name, uid } = pod.metadata;
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'DeletionByTaintManager',
    message: 'Taint manager: deleting due to NoExecute taint',
  } as const;
  const mark = (current: StoredPod) =>
    current.metadata.uid === uid
      ? { ...current, status: withPodCondition(current, condition, clock.now()) }
      : undefined;
  try {
    await objects.patchWith('Pod', namespace, name, mark, { subresource: 'status', signal });
    await objects.delete('Pod', namespace, name, { uid, signal });
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND')) return;
    throw error;
  }
  const message = `Marking for deletion Pod ${nameOf(pod)}`;
  recordEvent(pod, { type: 'Normal', reason: 'TaintManagerEviction', message });
}

function uidOf({ metadata }: StoredPod): string {
  return metadata.uid;
}

function nameOf({ metadata }: StoredPod): string {
  return `${metadata.namespace}/${metadata.name}`;
}
