import { describe, expect, it } from 'vitest';
import type { ApiObject } from '../../../src/api/meta.ts';
import type { ControllerCaches } from '../../../src/contract/controller.ts';
import { ownerUIDOf, requestsOf } from '../../../src/controller/garbage/attention.ts';
import { graphIndices } from '../../../src/controller/garbage/owner-graph.ts';
import { InformerCache } from '../../../src/store/informer-cache.ts';
import { objectKey } from '../../../src/store/keys.ts';
import { objectOf, ownerOf, type Stored } from './owned-objects.ts';

/** Caches that hold these objects. */
function cachesOf(objects: readonly Stored[]): ControllerCaches {
  const cacheOf = (kind: string) => {
    const cache = new InformerCache<Stored>(graphIndices[kind] ?? {});
    for (const object of objects) {
      const { namespace, name } = object.metadata;
      if (object.kind === kind) cache.set(objectKey({ kind, namespace, name }), object);
    }
    return {
      get: (namespace: string | undefined, name: string) => cache.get(objectKey({ kind, namespace, name })),
      list: () => cache.list(),
      byIndex: (index: string, value: string) => cache.byIndex(index, value),
    };
  };
  return { cache: cacheOf as ControllerCaches['cache'] };
}

function stored(kind: string, name: string, metadata: Partial<ApiObject['metadata']> = {}): Stored {
  return objectOf(kind, name, { uid: `uid of ${name}`, ...metadata }) as Stored;
}

const deletionTimestamp = '2026-01-01T00:00:00Z';
const set = stored('ReplicaSet', 'set');
const waiting = stored('ReplicaSet', 'set', { deletionTimestamp, finalizers: ['foregroundDeletion'] });
const owned = (metadata: Partial<ApiObject['metadata']> = {}) =>
  stored('Pod', 'pod', { ownerReferences: [ownerOf(set)], ...metadata });

interface Case {
  readonly it: string;
  readonly cached: readonly Stored[];
  readonly object: Stored;
  readonly old?: Stored;
  readonly isDeleted?: boolean;
  readonly want: readonly string[];
}

const cases: readonly Case[] = [
  { it: 'a new object without owners', cached: [], object: stored('Pod', 'pod'), want: [] },
  { it: 'a new object whose owner lives', cached: [set], object: owned(), want: [] },
  { it: 'a new object whose owner is not known', cached: [], object: owned(), want: ['uid of set'] },
  {
    it: 'a new object whose owner has another UID',
    cached: [stored('ReplicaSet', 'set', { uid: 'other' })],
    object: owned(),
    want: ['uid of set'],
  },
  {
    it: 'a new object whose owner is in another namespace',
    cached: [stored('ReplicaSet', 'set', { namespace: 'other' })],
    object: owned(),
    want: ['uid of set'],
  },
  {
    it: 'a new object whose owner is of a kind that nobody knows',
    cached: [],
    object: owned({ ownerReferences: [{ apiVersion: 'a/v1', kind: 'Shop', name: 'x', uid: 'x' }] }),
    want: [],
  },
  {
    it: 'a change of an object with a dead owner that has been told of',
    cached: [],
    object: owned(),
    old: owned({ labels: {} }),
    want: [],
  },
  { it: 'a new object whose owner waits for it', cached: [waiting], object: owned(), want: ['uid of set'] },
  {
    it: 'an object that begins to wait for its own dependents while its owner waits for it',
    cached: [waiting],
    object: owned({ deletionTimestamp, finalizers: ['foregroundDeletion'] }),
    old: owned(),
    want: ['uid of pod', 'uid of set'],
  },
  {
    it: 'an object that does not name an owner any more that waits for it',
    cached: [waiting],
    object: stored('Pod', 'pod'),
    old: owned(),
    want: ['uid of set'],
  },
  {
    it: 'an object that is marked for deletion',
    cached: [set],
    object: owned({ deletionTimestamp }),
    old: owned(),
    want: [],
  },
  {
    it: 'an object that is marked for deletion and kept by finalizers',
    cached: [set],
    object: owned({ deletionTimestamp, finalizers: ['a/b'] }),
    old: owned({ finalizers: ['a/b'] }),
    want: ['uid of pod'],
  },
  {
    it: 'any other change of it',
    cached: [set],
    object: owned({ deletionTimestamp, finalizers: ['a/b'], labels: {} }),
    old: owned({ deletionTimestamp, finalizers: ['a/b'] }),
    want: [],
  },
  {
    it: 'the end of an object without dependents',
    cached: [set],
    object: owned(),
    isDeleted: true,
    want: [],
  },
  {
    it: 'the end of an object with dependents',
    cached: [owned()],
    object: set,
    isDeleted: true,
    want: ['uid of set'],
  },
  {
    it: 'the end of an object whose owner waits for it',
    cached: [waiting],
    object: owned(),
    isDeleted: true,
    want: ['uid of set'],
  },
];

describe('owners that are looked at after', () => {
  it.each(cases)('$it', ({ cached, object, old, isDeleted = false, want }) => {
    const change = { object, old: isDeleted ? object : old, isDeleted };
    expect(requestsOf(change, cachesOf(cached)).map(ownerUIDOf)).toEqual(want);
  });
});
