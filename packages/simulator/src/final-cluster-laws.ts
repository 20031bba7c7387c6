/** What must be so in the end, where there are controllers. */

import type { ApiObject, ObjectOf, StoredPod } from '@mooring/core';
import { countedKinds } from './census.ts';
import type { FinalLaw } from './final-laws.ts';
import { allocatableMilliCPU, isActive, isOwned, milliCPUOf, type PodSet } from './pod-sets.ts';
import type { PodTruth } from './truth.ts';
import type { World } from './world.ts';

export const finalClusterLaws: readonly FinalLaw[] = [
  { id: 'leader', text: 'one process steers the cluster', judge: leaderless },
  { id: 'placed', text: 'every pod that fits has a node', judge: unplaced },
  {
    id: 'replicas',
    text: 'of every set there are as many pods as it wants, and those that have a node are ready',
    judge: wrongNumbers,
  },
  {
    id: 'endpoints',
    text: 'a Service leads to the pods that are ready, and to no others',
    judge: wrongEndpoints,
  },
  { id: 'caches', text: 'controllers know what is stored', judge: wrongCaches },
  { id: 'deleted-gone', text: 'what is deleted is gone', judge: leftOver },
  { id: 'no-dependents', text: 'what has lost its owner is gone', judge: dependents },
];

function has(world: World): boolean {
  return world.controllers.size > 0;
}

/** Values of a kind, but for those that are nothing of ours. */
export function objectsOf<T extends ApiObject>(world: World, resource: string): readonly T[] {
  return world.store
    .entries(`${resource}/`)
    .map(({ value }) => value as T)
    .filter((value) => !isPoison(value));
}

function isPoison(value: object): boolean {
  return 'kind' in value && value.kind === 'Poison';
}

export function readyOf({ status }: StoredPod): boolean {
  return (status?.conditions ?? []).some((one) => one.type === 'Ready' && one.status === 'True');
}

function leaderless(world: World): readonly string[] {
  if (!has(world)) return [];
  const lease = world.store.entry('leases/kube-system/mooring-controllers')?.value as
    | ObjectOf<'Lease'>
    | undefined;
  const holder = lease?.spec?.holderIdentity ?? '';
  return holder === '' ? ['nobody holds the lease of the controllers'] : [];
}

function unplaced(world: World): readonly string[] {
  if (!has(world)) return [];
  const pods = objectsOf<StoredPod>(world, 'pods').filter(
    ({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed',
  );
  const free = new Map([...world.nodes.keys()].map((name) => [name, allocatableMilliCPU]));
  for (const { spec } of pods) {
    const { nodeName = '' } = spec;
    free.set(nodeName, (free.get(nodeName) ?? 0) - milliCPUOf(spec));
  }
  return pods
    .filter(isUnbound)
    .filter(({ spec }) => [...free.values()].some((left) => left >= milliCPUOf(spec)))
    .map(({ metadata }) => `${metadata.name} has no node`);
}

function wrongNumbers(world: World): readonly string[] {
  if (!has(world)) return [];
  const replicaSets = objectsOf<PodSet>(world, 'replicasets');
  const lone = replicaSets.filter(({ metadata }) => (metadata.ownerReferences ?? []).length === 0);
  const sets = [...lone, ...objectsOf<PodSet>(world, 'replicationcontrollers')];
  const wrong = sets.map((set) => wrongNumber(world, set, [set.metadata.uid ?? '']));
  const rolled = objectsOf<PodSet>(world, 'deployments').map((deployment) => {
    const own = replicaSets.filter((set) => isOwned(set, deployment.metadata.uid));
    const owners = own.map(({ metadata }) => metadata.uid ?? '');
    // A new pod that no node has room for keeps a roll-out from its end, for ever.
    if (podsOf(world, owners).some(isUnbound)) return idlePod(world, deployment, owners);
    const used = own.filter(({ spec }) => (spec.replicas ?? 1) > 0);
    if (used.length > 1) return `Deployment ${deployment.metadata.name} still has ${used.length} ReplicaSets`;
    return wrongNumber(world, deployment, owners);
  });
  return [...wrong, ...rolled].filter((one) => one !== undefined);
}

function wrongNumber(world: World, set: PodSet, owners: readonly string[]): string | undefined {
  if (set.metadata.deletionTimestamp !== undefined) return undefined;
  const there = podsOf(world, owners).length;
  const wanted = set.spec.replicas ?? 1;
  if (there === wanted) return idlePod(world, set, owners);
  return `${set.kind} ${set.metadata.name} wants ${wanted}, has ${there}`;
}

/** One that has a node and is of no use there. Whether the others could have one is for the law `placed`. */
function idlePod(world: World, set: PodSet, owners: readonly string[]): string | undefined {
  const idle = podsOf(world, owners).find((pod) => !isUnbound(pod) && !(readyOf(pod) && runs(world, pod)));
  return idle && `${set.kind} ${set.metadata.name} has ${idle.metadata.name}, which is not ready`;
}

function podsOf(world: World, owners: readonly string[]): readonly StoredPod[] {
  return objectsOf<StoredPod>(world, 'pods').filter(
    (pod) => owners.some((uid) => isOwned(pod, uid)) && isActive(pod),
  );
}

function isUnbound({ spec }: StoredPod): boolean {
  return spec.nodeName === undefined;
}

/** On its engine, whatever is said of it. */
function runs(world: World, { metadata, spec }: StoredPod): boolean {
  return spec.containers.every(
    ({ name }) => world.truth.instancesOf(metadata.uid, name).at(-1)?.state === 'running',
  );
}

interface Slice extends ApiObject {
  readonly endpoints?: readonly {
    readonly conditions?: { readonly ready?: boolean };
    readonly targetRef?: { readonly uid?: string };
  }[];
}

/** UIDs of the pods that a Service leads to. */
export function readyEndpointsOf(world: World, service: string): ReadonlySet<string> {
  const slices = objectsOf<Slice>(world, 'endpointslices').filter(
    ({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === service,
  );
  const endpoints = slices.flatMap((slice) => slice.endpoints ?? []);
  return new Set(
    endpoints.filter((one) => one.conditions?.ready === true).map((one) => one.targetRef?.uid ?? ''),
  );
}

function wrongEndpoints(world: World): readonly string[] {
  if (!has(world)) return [];
  return objectsOf<ObjectOf<'Service'>>(world, 'services').flatMap(({ metadata, spec }) => {
    const name = metadata.name ?? '';
    const led = readyEndpointsOf(world, name);
    const selector = Object.entries(spec?.selector ?? {});
    const pods = objectsOf<StoredPod>(world, 'pods').filter(
      (pod) => isActive(pod) && selector.every(([key, value]) => pod.metadata.labels?.[key] === value),
    );
    const wanted = new Set(pods.filter(readyOf).map((pod) => pod.metadata.uid));
    const missing = [...wanted].filter((uid) => !led.has(uid));
    const wrong = [...led].filter((uid) => !wanted.has(uid));
    return missing.length + wrong.length === 0
      ? []
      : [`${name} lacks ${missing.join(' ') || 'nothing'} and has ${wrong.join(' ') || 'nothing'} too many`];
  });
}

function wrongCaches(world: World): readonly string[] {
  return [...world.controllers.values()].flatMap(({ name, caches }) =>
    Object.entries(countedKinds).flatMap(([kind, resource]) => {
      if (caches === undefined) return [];
      const known = caches
        .cache(kind)
        .list()
        .map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`);
      const entries = world.store.entries(`${resource}/`).filter(({ value }) => !isPoison(value));
      const stored = entries.map(
        ({ value, revision }) => `${(value as ApiObject).metadata.name}@${revision}`,
      );
      const [missing, old] = [without(stored, known), without(known, stored)];
      return missing.length + old.length === 0
        ? []
        : [`${name} lacks the ${resource} ${missing.join(' ')}, knows ${old.join(' ')} instead`];
    }),
  );
}

function without(all: readonly string[], others: readonly string[]): readonly string[] {
  const known = new Set(others);
  return all.filter((one) => !known.has(one));
}

function leftOver(world: World): readonly string[] {
  return ['replicasets', 'deployments', 'replicationcontrollers', 'services', 'endpointslices']
    .flatMap((resource) => objectsOf(world, resource))
    .filter(({ metadata }) => metadata.deletionTimestamp !== undefined)
    .map(({ kind, metadata }) => `${kind} ${metadata.name}`);
}

function dependents(world: World): readonly string[] {
  if (!has(world)) return [];
  const all = [
    'replicasets',
    'deployments',
    'replicationcontrollers',
    'pods',
    'services',
    'endpointslices',
  ].flatMap((resource) => objectsOf(world, resource));
  const uids = new Set(all.map(({ metadata }) => metadata.uid));
  const left = all
    .filter(({ metadata }) => (metadata.ownerReferences ?? []).some((owner) => !uids.has(owner.uid)))
    .map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  const { pods, orphaning } = world.truth;
  // Whoever takes its owner from it has not deleted it.
  const isLeft = ({ isGone, madeFor = '' }: PodTruth) =>
    !isGone && madeFor !== '' && !uids.has(madeFor) && !orphaning.has(madeFor);
  return [...left, ...[...pods.values()].filter(isLeft).map(({ name }) => `Pod ${name}`)];
}
