/** What must hold at every moment between processes that share a store. */

import type { ObjectOf } from '@mooring/core';
import { controllerLaws } from './controller-laws.ts';
import type { Law } from './law.ts';
import type { Fact, Write } from './truth.ts';
import { unreadyLaw } from './unready-law.ts';
import type { World } from './world.ts';

export function clusterLaws(world: World): readonly (() => Law)[] {
  return [
    chainLaw,
    () => leaderLaw(world),
    () => agentLaw(world),
    () => specLaw(world),
    () => unreadyLaw(world),
    ...controllerLaws(world),
  ];
}

/** Whatever is written replaces what was read: nothing is lost between two writers. */
function chainLaw(): Law {
  let last = 0;
  return {
    id: 'chain',
    text: 'every write replaces the state that its writer knew',
    judge: (fact) => {
      if (fact.type !== 'write') return undefined;
      const { by, key, expected, revision, before } = fact.write;
      const isLater = revision > last;
      last = revision;
      if (!isLater) return `${by} wrote ${key} at revision ${revision}, which is not a new one`;
      if (expected === (before?.revision ?? 0)) return undefined;
      return `${by} wrote ${key} over ${expected}, where ${before?.revision ?? 'nothing'} was`;
    },
  };
}

const steeringLease = 'leases/kube-system/mooring-controllers';

/** The record of the lease decides who may write, and not what anybody believes. */
function leaderLaw(world: World): Law {
  /** By the identity in the lease: the life that wrote it there. */
  const holders = new Map<string, string>();
  let holder = '';
  /** By life: when it last was the holder, and is not any more. */
  const heldUntilMs = new Map<string, number>();
  return {
    id: 'one-leader',
    text: 'who does not hold the lease of the controllers writes nothing',
    judge: (fact) => {
      const write = controlWrite(fact, world);
      if (write === undefined) return undefined;
      if (write.key === steeringLease) {
        const identity = (write.value as ObjectOf<'Lease'> | undefined)?.spec?.holderIdentity ?? '';
        if (identity !== '' && !holders.has(identity)) holders.set(identity, write.by);
        heldUntilMs.set(holder, world.clock.now());
        holder = holders.get(identity) ?? '';
        return undefined;
      }
      // Events tell what was.
      if (/^(?:leases|events)\//.test(write.key) || holder === write.by) return undefined;
      // It was under way when the lease went to another one: what no writer can take back.
      if (write.sentAtMs <= (heldUntilMs.get(write.by) ?? Number.NEGATIVE_INFINITY)) return undefined;
      return `${write.by} writes ${write.key}, ${holder || 'nobody'} holds the lease`;
    },
  };
}

/** The lease of a node says who may speak for it, and for what runs there. */
function agentLaw({ names, nodes }: World): Law {
  return {
    id: 'one-agent',
    text: 'an agent that has not the name of its node writes nothing',
    judge: (fact) => {
      if (fact.type !== 'write') return undefined;
      const { by, key, sentAtMs } = fact.write;
      const [node = ''] = by.split('#');
      if (!nodes.has(node) || /^(?:leases|events)\//.test(key)) return undefined;
      const holder = names.holderOf(node);
      if (holder === by || sentAtMs <= names.lostMs(by)) return undefined;
      return `${by} writes ${key}, ${holder || 'nobody'} has the name ${node}`;
    },
  };
}

function controlWrite(fact: Fact, world: World): Write | undefined {
  if (fact.type !== 'write') return undefined;
  const [process = ''] = fact.write.by.split('#');
  return world.controllers.has(process) ? fact.write : undefined;
}

/** What users want is theirs. */
function specLaw(world: World): Law {
  return {
    id: 'spec-kept',
    text: 'what a user wants is changed by nobody else',
    judge: (fact) => {
      const write = fact.type === 'write' ? fact.write : undefined;
      if (write?.before === undefined || write.value === undefined) return undefined;
      const [process = ''] = write.by.split('#');
      const isOwn = !world.controllers.has(process) && !world.nodes.has(process);
      if (isOwn || !/^(?:deployments|services)\//.test(write.key)) return undefined;
      const spec = (value: object) => JSON.stringify((value as { readonly spec?: unknown }).spec);
      if (spec(write.value) === spec(write.before.value)) return undefined;
      return `${write.by} changes ${write.key} from ${spec(write.before.value)} to ${spec(write.value)}`;
    },
  };
}
