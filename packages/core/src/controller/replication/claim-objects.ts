import type { ObjectOf } from '../../api/known-kinds.ts';
import type { ReconcileContext } from '../../contract/controller.ts';
import { errorMessage, hasCode, MooringError } from '../../contract/error.ts';
import { controllerOf } from '../../store/common-indices.ts';
import { type Claimant, decideClaim } from './claim.ts';
import { withController, withoutOwner } from './owner-references.ts';

/** Kinds that controllers own objects of. */
export type ClaimedKind = 'Pod' | 'ReplicaSet';

export interface Claim<K extends ClaimedKind> {
  readonly claimant: Claimant;
  readonly kind: K;
  /** What the claimant owns, and what nobody owns in its namespace. */
  readonly candidates: readonly ObjectOf<K>[];
}

export interface Claimed<K extends ClaimedKind> {
  /** All that belongs to the claimant now, what it adopted as it was written. */
  readonly owned: readonly ObjectOf<K>[];
  readonly adopted: readonly ObjectOf<K>[];
  readonly released: readonly ObjectOf<K>[];
}

/**
 * Adopts and releases as `decideClaim` says. Before the first adoption the owner is read past the cache: one that is
 * being deleted, or that was made anew under its name, must not take anything with it. Each write repeats the decision
 * for what is stored then, so an object that changed hands or labels meanwhile stays as it is.
 *
 * Tries all of them, then rejects when a write was refused; what is gone needs no claim.
 */
export async function claimObjects<K extends ClaimedKind>(
  { claimant, kind, candidates }: Claim<K>,
  context: Pick<ReconcileContext, 'objects'>,
  signal: AbortSignal,
): Promise<Claimed<K>> {
  const owned: ObjectOf<K>[] = [];
  const adopted: ObjectOf<K>[] = [];
  const released: ObjectOf<K>[] = [];
  const errors: unknown[] = [];
  const mayAdopt = once(() => checkOwner(claimant, context, signal));
  for (const object of candidates) {
    const decision = decideClaim(claimant, object);
    if (decision === 'keep') owned.push(object);
    if (decision !== 'adopt' && decision !== 'release') continue;
    try {
      if (decision === 'adopt') await mayAdopt();
      const left = await carryOut(decision, claimant, kind, object, context, signal);
      const ownerUID = left && controllerOf(left)?.uid;
      if (left === undefined) continue;
      if (ownerUID === claimant.owner.metadata.uid) (decision === 'adopt' ? adopted : owned).push(left);
      else if (decision === 'release' && ownerUID === undefined) released.push(left);
    } catch (error) {
      signal.throwIfAborted();
      errors.push(claimError(decision, kind, object, error));
    }
  }
  if (errors.length > 0) throw combined(errors);
  return { owned: adopted.length === 0 ? owned : [...owned, ...adopted], adopted, released };
}

/** The object as it is then, whoever owns it; `undefined` when it is gone. */
async function carryOut<K extends ClaimedKind>(
  decision: 'adopt' | 'release',
  claimant: Claimant,
  kind: K,
  { metadata }: ObjectOf<K>,
  { objects }: Pick<ReconcileContext, 'objects'>,
  signal: AbortSignal,
): Promise<ObjectOf<K> | undefined> {
  const { owner } = claimant;
  const change = (current: ObjectOf<K>): ObjectOf<K> | undefined => {
    if (current.metadata.uid !== metadata.uid || decideClaim(claimant, current) !== decision)
      return undefined;
    return decision === 'adopt' ? withController(current, owner) : withoutOwner(current, owner.metadata.uid);
  };
  try {
    const left = await objects.patchWith(kind, metadata.namespace, metadata.name, change, { signal });
    return left.metadata.uid === metadata.uid ? left : undefined;
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
}

async function checkOwner(
  { owner }: Claimant,
  { objects }: Pick<ReconcileContext, 'objects'>,
  signal: AbortSignal,
): Promise<void> {
  const { kind } = owner;
  const { namespace, name, uid } = owner.metadata;
  const live = await objects.get(kind, namespace, name, signal);
  if (live?.metadata.uid !== uid)
    throw new MooringError('CONFLICT', `original ${kind} ${namespace}/${name} is gone: uid ${uid}`);
  const { deletionTimestamp } = live.metadata;
  if (deletionTimestamp !== undefined)
    throw new MooringError('CONFLICT', `${namespace}/${name} has just been deleted at ${deletionTimestamp}`);
}

function claimError<K extends ClaimedKind>(
  decision: 'adopt' | 'release',
  kind: K,
  { metadata }: ObjectOf<K>,
  cause: unknown,
): Error {
  const { namespace, name, uid } = metadata;
  const words = `can't ${decision} ${kind} ${namespace}/${name} (${uid}): ${errorMessage(cause)}`;
  return hasCode(cause, 'CONFLICT')
    ? new MooringError('CONFLICT', words, { cause })
    : new Error(words, { cause });
}

function combined(errors: readonly unknown[]): unknown {
  if (errors.length === 1) return errors[0];
  const words = `[${errors.map(errorMessage).join(', ')}]`;
  const cause = new AggregateError(errors);
  const isRace = errors.every((error) => hasCode(error, 'CONFLICT'));
  return isRace ? new MooringError('CONFLICT', words, { cause }) : new Error(words, { cause });
}

/** The same promise for every call. */
function once(call: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | undefined;
  return () => {
    result ??= call();
    return result;
  };
}
