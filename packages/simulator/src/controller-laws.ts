/** What controllers and the scheduler may do, and how soon they have to. */

import type { NodeObject, StoredPod } from '@mooring/core';
import { objectsOf, readyEndpointsOf, readyOf } from './final-cluster-laws.ts';
import type { Law } from './law.ts';
import { allocatableMilliCPU, isActive, isOwned, milliCPUOf, type PodSet } from './pod-sets.ts';
import type { Fact, PodTruth, Write } from './truth.ts';
import type { World } from './world.ts';

export function controllerLaws(world: World): readonly (() => Law)[] {
  const idle = idlePods(world);
  return [
    () => fitsLaw(world),
    () => noExcessLaw(world),
    () => rankLaw(world, idle),
    () => withdrawnLaw(world, idle),
    () => brakeLaw(world),
  ];
}

/** By UID: since when pods that are not ready are not, whatever clocks of theirs say. */
type IdlePods = ReadonlyMap<string, number>;

function idlePods(world: World): IdlePods {
  const idle = new Map<string, number>();
  world.truth.subscribe((fact) => {
    if (fact.type !== 'stored') return;
    const { uid, latest } = fact.pod;
    if (readyOf(latest)) idle.delete(uid);
    else if (!idle.has(uid)) idle.set(uid, world.clock.now());
  });
  return idle;
}

function fitsLaw(world: World): Law {
  return {
    id: 'fits',
    text: 'no node is promised to more than it has',
    judge: (fact) => {
      if (fact.type !== 'stored' || !isControl(world, fact.by)) return undefined;
      const { latest, node } = fact.pod;
      if (node === '' || fact.before?.spec.nodeName !== undefined) return undefined;
      const there = objectsOf<StoredPod>(world, 'pods').filter(
        (pod) => pod.spec.nodeName === node && !hasEnded(pod),
      );
      const asked = there.reduce((sum, { spec }) => sum + milliCPUOf(spec), 0);
      if (asked <= allocatableMilliCPU) return undefined;
      return `${latest.metadata.name} is the last of those on ${node} that ask for ${asked}m of ${allocatableMilliCPU}m`;
    },
  };
}

/** A wanted number may have been read so long ago. */
const readAgoMsMax = 30_000;
/** Beyond what a write may take that nobody knows the outcome of. */
const settledMs = 70_000;
/** For a controller that was not well to have caught up. */
const caughtUpMs = 20_000;

function noExcessLaw(world: World): Law {
  const wanted = new Map<string, { readonly untilMs: number; readonly replicas: number }[]>();
  const noteWanted = ({ before }: Write) => {
    const set = before?.value as PodSet | undefined;
    if (set?.spec?.replicas === undefined) return;
    const uid = set.metadata.uid ?? '';
    const known = wanted.get(uid) ?? [];
    known.push({ untilMs: world.clock.now(), replicas: set.spec.replicas });
    wanted.set(uid, known);
  };
  return {
    id: 'no-excess',
    text: 'no more pods are made than a set wants',
    judge: (fact) => {
      if (fact.type === 'write' && isSet(fact.write.key)) noteWanted(fact.write);
      if (fact.type !== 'stored' || fact.before !== undefined || !isControl(world, fact.by)) return undefined;
      // What a lost write has made is known only when it is seen.
      if (!isSure(world, fact.by)) return undefined;
      const set = setOf(world, fact.pod.latest);
      if (set === undefined) return undefined;
      const uid = set.metadata.uid ?? '';
      const past = (wanted.get(uid) ?? []).filter(
        ({ untilMs }) => untilMs > world.clock.now() - readAgoMsMax,
      );
      const most = Math.max(set.spec.replicas ?? 1, ...past.map(({ replicas }) => replicas));
      const there = podsOf(world, set).length;
      return there <= most ? undefined : `${set.kind} ${set.metadata.name} has ${there} of ${most} pods`;
    },
  };
}

/** Where nothing was wrong for a while, of two pods the one that is of less use goes first. */
function rankLaw(world: World, idlePods: IdlePods): Law {
  return {
    id: 'least-use-first',
    text: 'a set gives up what is not ready before what is',
    judge: (fact) => {
      const pod = deletionBy(fact, world);
      if (pod === undefined || !isSteered(world, world.clock.now())) return undefined;
      const set = setOf(world, pod.latest);
      // What goes with its set, or for its node, goes whatever its use is.
      if (set === undefined || set.metadata.deletionTimestamp !== undefined || isEvicted(pod))
        return undefined;
      if (!readyOf(pod.latest)) return undefined;
      const idle = podsOf(world, set).find((other) => isOfNoUse(other, world, idlePods));
      // It may be deleted within the same moment.
      if (idle !== undefined)
        judgeLater(world, idlePods, idle, `${pod.name} goes, ${idle.metadata.name} stays`);
      return undefined;
    },
  };
}

function judgeLater(world: World, idlePods: IdlePods, idle: StoredPod, words: string): void {
  world.clock.setTimeout(() => {
    const now = world.truth.pods.get(idle.metadata.uid);
    const stays = now !== undefined && !now.isGone && now.deletedAtMs === undefined;
    if (stays && isOfNoUse(now.latest, world, idlePods))
      world.history.violate('least-use-first', `a set gives up what is not ready before what is: ${words}`);
  }, 2000);
}

/** It has not been ready for so long that everybody must know. */
function isOfNoUse({ metadata }: StoredPod, world: World, idlePods: IdlePods): boolean {
  const sinceMs = idlePods.get(metadata.uid);
  return sinceMs !== undefined && world.clock.now() - sinceMs > readAgoMsMax;
}

/** Within which a controller that is well takes a pod out of the Services that lead to it. */
const withdrawMsMax = 15_000;

function withdrawnLaw(world: World, idlePods: IdlePods): Law {
  const leads = (pod: PodTruth) =>
    objectsOf(world, 'services').some(({ metadata }) =>
      readyEndpointsOf(world, metadata.name ?? '').has(pod.uid),
    );
  const looks = new Set<string>();
  const look = (pod: PodTruth, sinceMs: number) => {
    looks.delete(pod.uid);
    if (pod.isGone || (idlePods.get(pod.uid) ?? Number.POSITIVE_INFINITY) > sinceMs) return;
    if (!isSteered(world, sinceMs) || !leads(pod)) return;
    world.history.violate('withdrawn', `no Service leads for long to what is not ready: ${pod.name}`);
  };
  return {
    id: 'withdrawn',
    text: 'no Service leads for long to what is not ready',
    judge: (fact) => {
      if (fact.type !== 'stored' || readyOf(fact.pod.latest) || looks.has(fact.pod.uid)) return undefined;
      looks.add(fact.pod.uid);
      const sinceMs = world.clock.now();
      world.clock.setTimeout(() => look(fact.pod, sinceMs), withdrawMsMax);
      return undefined;
    },
  };
}

const noExecute = 'node.kubernetes.io/unreachable:NoExecute';

/** Where no node can be heard it may well be the control plane that is deaf. */
function brakeLaw(world: World): Law {
  return {
    id: 'eviction-brake',
    text: 'nobody is driven out while no node is heard of',
    judge: (fact) => {
      if (fact.type !== 'write' || !fact.write.key.startsWith('nodes/')) return undefined;
      const { by, key, value, before } = fact.write;
      if (!isControl(world, by) || value === undefined || before === undefined) return undefined;
      if (hasTaint(before.value) || !hasTaint(value)) return undefined;
      // Who was deaf a moment ago does not know yet who is silent.
      if (!isSteered(world, world.clock.now()) || objectsOf<NodeObject>(world, 'nodes').some(isHeard))
        return undefined;
      return `${by} taints ${key}, and no node is ready`;
    },
  };
}

function isHeard({ status }: NodeObject): boolean {
  return (status?.conditions ?? []).some((one) => one.type === 'Ready' && one.status === 'True');
}

function hasTaint(node: object): boolean {
  const { spec } = node as NodeObject;
  return (spec?.taints ?? []).some(({ key, effect }) => `${key}:${effect}` === noExecute);
}

function isSet(key: string): boolean {
  return /^(?:replicasets|replicationcontrollers)\//.test(key);
}

function setOf(world: World, pod: StoredPod): PodSet | undefined {
  return ['replicasets', 'replicationcontrollers']
    .flatMap((resource) => objectsOf<PodSet>(world, resource))
    .find(({ metadata }) => isOwned(pod, metadata.uid));
}

function podsOf(world: World, { metadata }: PodSet): readonly StoredPod[] {
  return objectsOf<StoredPod>(world, 'pods').filter((pod) => isOwned(pod, metadata.uid) && isActive(pod));
}

function hasEnded({ status }: StoredPod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

function isEvicted({ latest }: PodTruth): boolean {
  return (latest.status?.conditions ?? []).some(({ type }) => type === 'DisruptionTarget');
}

/** The pod, if a controller has just had it deleted. */
function deletionBy(fact: Fact, world: World): PodTruth | undefined {
  if (fact.type !== 'stored' || !isControl(world, fact.by)) return undefined;
  const isNew = fact.before !== undefined && fact.before.metadata.deletionTimestamp === undefined;
  return isNew && fact.pod.latest.metadata.deletionTimestamp !== undefined ? fact.pod : undefined;
}

function isControl(world: World, by: string): boolean {
  return world.controllers.has(by.slice(0, by.indexOf('#')));
}

/** Whoever wrote it has known for long what became of all that it and others like it wrote. */
function isSure(world: World, by: string): boolean {
  const sinceMs = world.clock.now() - settledMs;
  return isControl(world, by) && [...world.controllers.values()].every((one) => one.wasWell(sinceMs));
}

/** All controllers were well all the time, so one of them must have been at work. */
function isSteered(world: World, sinceMs: number): boolean {
  return [...world.controllers.values()].every((one) => one.wasWell(sinceMs - caughtUpMs));
}
