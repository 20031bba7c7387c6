import { formatTime, parseTime } from '../../../src/api/meta.ts';
import type { PodStatus, StoredPod } from '../../../src/api/pod.ts';
import {
  type Controller,
  defineController,
  type ReconcileContext,
} from '../../../src/contract/controller.ts';

export interface NodeStandInOptions {
  /** From the start of a pod until it is ready. 1 s when not given. */
  readonly readyMs?: number;
  /** From the request to delete a pod until it is gone; its grace period is longer. 1 s when not given. */
  readonly endMs?: number;
  /** Pods with such an image never become ready. */
  readonly isBroken?: (image: string) => boolean;
}

/** What a scheduler and a node do with pods, as far as controllers can see: they run, become ready, and go when told. */
export function nodeStandIn(options: NodeStandInOptions = {}): Controller {
  return defineController({
    name: 'node-stand-in',
    kind: 'Pod',
    concurrency: 1000,
    async reconcile({ namespace, name }, context) {
      const pod = context.cache('Pod').get(namespace, name);
      const waitMs = pod && (await step(pod, options, context));
      return waitMs === undefined ? undefined : { againAfterMs: waitMs };
    },
  });
}

/** Gives how long it is until the next step. */
async function step(
  pod: StoredPod,
  { readyMs = 1000, endMs = 1000, isBroken = () => false }: NodeStandInOptions,
  { objects, clock }: ReconcileContext,
): Promise<number | undefined> {
  const { namespace, name, deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata;
  const now = clock.now();
  if (deletionTimestamp !== undefined) {
    const askedAt = (parseTime(deletionTimestamp) ?? now) - deletionGracePeriodSeconds * 1000;
    if (askedAt + endMs > now) return askedAt + endMs - now;
    await objects.delete('Pod', namespace, name, { gracePeriodSeconds: 0 });
    return undefined;
  }
  const write = (status: PodStatus) =>
    objects.patchWith('Pod', namespace, name, (current) => ({ ...current, status }), {
      subresource: 'status',
    });
  const startedAt = parseTime(pod.status?.startTime);
  if (startedAt === undefined) {
    await objects.patchWith('Pod', namespace, name, (current) => ({
      ...current,
      spec: { ...current.spec, nodeName: 'node-a' },
    }));
    await write({ phase: 'Running', startTime: formatTime(now), conditions: [ready('False', now)] });
    return readyMs;
  }
  if (isBroken(pod.spec.containers[0]?.image ?? '')) return undefined;
  if (startedAt + readyMs > now) return startedAt + readyMs - now;
  if (!isReady(pod)) await write({ ...pod.status, conditions: [ready('True', now)] });
  return undefined;
}

export function isReady({ status }: StoredPod): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
}

function ready(status: 'True' | 'False', now: number) {
  return { type: 'Ready', status, lastTransitionTime: formatTime(now) };
}
