/** Checks that look at several objects: by label, by owner, by revision. */

import type { History, SeenObject } from './history.ts';
import { valuesAt } from './object-path.ts';
import { compare, holds, type Predicate } from './predicate.ts';
import type { World } from './world.ts';

export interface ObjectGroup {
  readonly countOf: string;
  readonly eachOf: string;
  readonly replicaSetByRevision: { readonly deployment: string; readonly revision: string };
  readonly labels: Readonly<Record<string, string>>;
  readonly ownedBy: { readonly kind: string; readonly name: string };
  readonly where: Predicate;
  readonly phase: string;
  readonly excludeName: string;
  /** Keeps the UID of the single object under this name. */
  readonly remember: string;
  readonly sameUidAs: string;
  readonly httpGetPort: number;
  readonly bodyIsPodName: boolean;
}

export type GroupCheck = Partial<ObjectGroup> & Partial<Predicate>;

const revisionAnnotation = 'metadata.annotations[deployment.kubernetes.io/revision]';

export function isGroupCheck(check: GroupCheck): boolean {
  return (check.countOf ?? check.eachOf ?? check.replicaSetByRevision) !== undefined;
}

export function groupHolds(history: History, check: GroupCheck, uids: Map<string, string>): boolean {
  const { replicaSetByRevision: wanted, op = 'exists', path = '', value, missingMeans } = check;
  const predicate: Predicate = { path, op, value, ...(missingMeans !== undefined && { missingMeans }) };
  if (wanted !== undefined) return holds(predicate, replicaSetOf(history, wanted));
  const members = membersOf(history, check);
  if (check.eachOf !== undefined) return members.every((object) => holds(predicate, object));
  if (!compare(members.length, op, value)) return false;
  const uid = members[0]?.metadata.uid;
  if (check.sameUidAs !== undefined) return uid !== undefined && uids.get(check.sameUidAs) === uid;
  if (check.remember !== undefined && uid !== undefined) uids.set(check.remember, uid);
  return true;
}

/** Each pod of the group answers, with its name where that is asked for. */
export async function groupFetches(world: World, check: GroupCheck): Promise<boolean> {
  const { httpGetPort: port = 80, bodyIsPodName } = check;
  for (const pod of membersOf(world.history, check)) {
    const body = await world.fetchBody(String(valuesAt(pod, 'status.podIP')[0] ?? ''), port);
    if (body === undefined || (bodyIsPodName === true && body.trim() !== pod.metadata.name)) return false;
  }
  return true;
}

/** Objects that are being deleted do not count. */
function membersOf(history: History, check: GroupCheck): readonly SeenObject[] {
  const { labels = {}, ownedBy, where, phase, excludeName } = check;
  return history.all(check.countOf ?? check.eachOf ?? '').filter((object) => {
    const { metadata } = object;
    if (metadata.deletionTimestamp !== undefined || metadata.name === excludeName) return false;
    if (Object.entries(labels).some(([key, value]) => metadata.labels?.[key] !== value)) return false;
    if (ownedBy !== undefined && !isOwnedBy(history, object, ownedBy)) return false;
    if (phase !== undefined && valuesAt(object, 'status.phase')[0] !== phase) return false;
    return where === undefined || holds(where, object);
  });
}

function isOwnedBy(history: History, object: SeenObject, { kind, name }: ObjectGroup['ownedBy']): boolean {
  const uid = history.versions(kind, name).at(-1)?.metadata.uid;
  return object.metadata.ownerReferences?.some((owner) => owner.uid === uid) ?? false;
}

function replicaSetOf(history: History, wanted: ObjectGroup['replicaSetByRevision']): SeenObject | undefined {
  return history
    .all('ReplicaSet')
    .filter((object) => isOwnedBy(history, object, { kind: 'Deployment', name: wanted.deployment }))
    .find((object) => valuesAt(object, revisionAnnotation)[0] === wanted.revision);
}
