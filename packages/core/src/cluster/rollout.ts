/** What `kubectl rollout` does, which is the business of clients: history, undo, restart, pause, resume, status. */

import { formatTime } from '../api/meta.ts';
import type { PodTemplateSpec } from '../api/workloads.ts';
import type { Clock } from '../contract/clock.ts';
import { MooringError } from '../contract/error.ts';
import type { ObjectStore } from '../contract/object-store.ts';
import { findReplicaSets } from '../controller/deployment/find-replica-sets.ts';
import { withoutHash } from '../controller/deployment/pod-template.ts';
import { compareRevisions, revisionOf } from '../controller/deployment/revision.ts';
import { isRolledBackTo, rollbackTarget, rolledBack } from '../controller/deployment/rollback-target.ts';
import {
  allReplicaSets,
  type Rollout,
  type StoredDeployment,
  type StoredReplicaSet,
} from '../controller/deployment/rollout.ts';
import { controllerOf } from '../store/common-indices.ts';
import { describeObject } from '../store/keys.ts';
import { type RolloutProgress, rolloutProgress } from './rollout-progress.ts';
import { parseReference, type WaitOptions, waitFor } from './wait-for.ts';

/** One line of `kubectl rollout history`. */
export interface RolloutRevision {
  /** Kubernetes' numbers have 64 bits; those above 2^53 are rounded here. */
  readonly revision: number;
  /** The annotation `kubernetes.io/change-cause` that the Deployment had then. */
  readonly changeCause?: string;
  readonly replicaSet: string;
  readonly template: PodTemplateSpec;
}

/**
 * `reference`: `Deployment/default/web`. All reject with `NOT_FOUND` when it does not exist, and with `INVALID` when it is
 * of another kind.
 */
export interface RolloutClient {
  /** The revisions that are kept, oldest first. */
  history(reference: string): Promise<readonly RolloutRevision[]>;
  /**
   * Goes back to the template and annotations of a revision: the one before the current, unless another is named. Resolves
   * with what was done, `rolled back` or `skipped rollback (current template already matches revision 2)`. Rejects with
   * `FORBIDDEN` while the Deployment is paused, and with `NOT_FOUND` when the revision is not kept.
   */
  undo(reference: string, options?: { readonly toRevision?: number | bigint }): Promise<string>;
  /** Replaces all pods, under the strategy of the Deployment. Rejects with `FORBIDDEN` while it is paused. */
  restart(reference: string): Promise<void>;
  /** Changes of the template have no effect until it is resumed. `FORBIDDEN` when it is paused already. */
  pause(reference: string): Promise<void>;
  /** `FORBIDDEN` when it is not paused. */
  resume(reference: string): Promise<void>;
  /**
   * How far the rollout is, in the words of kubectl. Rejects with `DEADLINE_EXCEEDED` when it has made no progress for too
   * long, and with `CONFLICT` when another revision than the given one is being rolled out.
   */
  status(reference: string, options?: { readonly revision?: number | bigint }): Promise<RolloutProgress>;
  /** Resolves when everything is rolled out. Rejects as `status` does, and with `DEADLINE_EXCEEDED` after `timeoutMs`. */
  finished(reference: string, options?: WaitOptions): Promise<void>;
}

const changeCause = 'kubernetes.io/change-cause';
const restartedAt = 'kubectl.kubernetes.io/restartedAt';

export function createRolloutClient(objects: ObjectStore, clock: Clock): RolloutClient {
  const change = async (reference: string, apply: (current: StoredDeployment) => StoredDeployment) => {
    const { namespace, name } = parseDeployment(reference);
    await objects.patchWith('Deployment', namespace, name, apply);
  };
  return {
    async history(reference) {
      const kept = allReplicaSets(await readRollout(objects, reference));
      return [...kept].sort(compareRevisions).map(revisionFrom);
    },
    undo: async (reference, { toRevision = 0 } = {}) =>
      await undo(objects, reference, wholeNumber(toRevision)),
    async restart(reference) {
      const now = formatTime(clock.now());
      await change(reference, (current) => restarted(current, now));
    },
    async pause(reference) {
      await change(reference, (current) => {
        if (current.spec.paused) throw refused(current, 'is already paused');
        return { ...current, spec: { ...current.spec, paused: true } };
      });
    },
    async resume(reference) {
      await change(reference, (current) => {
        if (!current.spec.paused) throw refused(current, 'is not paused');
        return { ...current, spec: { ...current.spec, paused: false } };
      });
    },
    async status(reference, { revision } = {}) {
      return rolloutProgress(await readDeployment(objects, reference), revision);
    },
    async finished(reference, options) {
      const { namespace = 'default', name } = parseDeployment(reference);
      await readDeployment(objects, reference);
      const isFinished = (object: unknown) => {
        if (object === undefined) throw notFound(name);
        return rolloutProgress(object as StoredDeployment).isDone;
      };
      await waitFor(objects, clock, `Deployment/${namespace}/${name}`, isFinished, options);
    },
  };
}

function revisionFrom(replicaSet: StoredReplicaSet): RolloutRevision {
  const { metadata, spec } = replicaSet;
  const cause = metadata.annotations?.[changeCause];
  return {
    revision: Number(revisionOf(replicaSet)),
    replicaSet: metadata.name,
    template: withoutHash(spec.template),
    ...(cause !== undefined && { changeCause: cause }),
  };
}

async function undo(objects: ObjectStore, reference: string, toRevision: bigint): Promise<string> {
  const rollout = await readRollout(objects, reference);
  const { namespace, name } = rollout.deployment.metadata;
  const target = rollbackTarget(rollout, toRevision);
  if (target === undefined) {
    const words =
      toRevision === 0n
        ? `no rollout history found for deployment ${JSON.stringify(name)}`
        : `unable to find specified revision ${toRevision} in history`;
    throw new MooringError('NOT_FOUND', words);
  }
  let done = 'rolled back';
  await objects.patchWith('Deployment', namespace, name, (current) => {
    if (current.spec.paused)
      throw refused(
        current,
        'is paused: you cannot rollback a paused deployment; resume it first and try again',
      );
    const isThere = isRolledBackTo(current, target);
    const matched = `skipped rollback (current template already matches revision ${revisionOf(target)})`;
    done = isThere ? matched : 'rolled back';
    return isThere ? undefined : rolledBack(current, target);
  });
  return done;
}

function wholeNumber(revision: number | bigint): bigint {
  if (typeof revision === 'bigint' || Number.isInteger(revision)) return BigInt(revision);
  throw new MooringError('INVALID', `invalid revision ${revision}: must be a whole number`);
}

function restarted(current: StoredDeployment, now: string): StoredDeployment {
  if (current.spec.paused)
    throw refused(current, "is paused: can't restart paused deployment (run rollout resume first)");
  const { template } = current.spec;
  const annotations = { ...template.metadata?.annotations, [restartedAt]: now };
  if (template.metadata?.annotations?.[restartedAt] === now)
    throw refused(current, 'was restarted within the past second: please wait before restarting it again');
  const metadata = { ...template.metadata, annotations };
  return { ...current, spec: { ...current.spec, template: { ...template, metadata } } };
}

async function readDeployment(objects: ObjectStore, reference: string): Promise<StoredDeployment> {
  const { namespace, name } = parseDeployment(reference);
  const deployment = await objects.get('Deployment', namespace, name);
  if (deployment === undefined) throw notFound(name);
  return deployment;
}

async function readRollout(objects: ObjectStore, reference: string): Promise<Rollout> {
  const deployment = await readDeployment(objects, reference);
  const { namespace, uid } = deployment.metadata;
  const filter = (object: Parameters<typeof controllerOf>[0]) => controllerOf(object)?.uid === uid;
  const { items } = await objects.list('ReplicaSet', namespace, { filter });
  return findReplicaSets(deployment, items);
}

function parseDeployment(reference: string): { namespace: string | undefined; name: string } {
  const { kind, ...rest } = parseReference(reference);
  if (kind === 'Deployment') return rest;
  const words = `invalid reference ${JSON.stringify(reference)}: only a Deployment has rollouts`;
  throw new MooringError('INVALID', `${words}; must be Deployment/namespace/name`);
}

function notFound(name: string): MooringError {
  return new MooringError('NOT_FOUND', `${describeObject({ kind: 'Deployment', name })} not found`);
}

function refused({ kind, metadata: { name } }: StoredDeployment, words: string): MooringError {
  return new MooringError('FORBIDDEN', `${describeObject({ kind, name })} ${words}`);
}
