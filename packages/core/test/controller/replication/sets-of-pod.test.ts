import { describe, expect, it } from 'vitest';
import type { Labels, OwnerReference } from '../../../src/api/meta.ts';
import type { StoredPod } from '../../../src/api/pod.ts';
import type { ObjectCache } from '../../../src/contract/informer.ts';
import {
  type PodSet,
  replicaSetKind,
  replicationControllerKind,
} from '../../../src/controller/replication/pod-set.ts';
import { setsOfPod } from '../../../src/controller/replication/sets-of-pod.ts';
import { commonIndices } from '../../../src/store/common-indices.ts';
import { InformerCache } from '../../../src/store/informer-cache.ts';
import { pod, replicaSet, replicationController } from './sets.ts';

function cacheOf(...sets: readonly object[]): ObjectCache<PodSet> {
  const cache = new InformerCache<PodSet>(commonIndices);
  for (const set of sets as readonly PodSet[])
    cache.set(`${set.metadata.namespace}/${set.metadata.name}`, set);
  return {
    get: (namespace, name) => cache.get(`${namespace}/${name}`),
    list: () => cache.list(),
    byIndex: (index, value) => cache.byIndex(index, value),
  };
}

function withUID<T extends { readonly metadata: object }>(set: T, uid: string): T {
  return { ...set, metadata: { ...set.metadata, uid } };
}

const web = withUID(replicaSet({}, 'web'), 'web-uid');
const twin = withUID(replicaSet({}, 'twin'), 'twin-uid');
const db = withUID(replicaSet({ selector: { matchLabels: { app: 'db' } } }, 'db'), 'db-uid');
const all = withUID(replicaSet({ selector: {} }, 'all'), 'all-uid');
const sets = cacheOf(web, twin, db, all);

const owned = (name: string, uid = `${name}-uid`, kind = 'ReplicaSet'): readonly OwnerReference[] => [
  { apiVersion: 'apps/v1', kind, name, uid, controller: true },
];
function podOf(
  labels: Labels,
  ownerReferences: readonly OwnerReference[] = [],
  more: object = {},
): StoredPod {
  const { metadata, ...rest } = pod('p', labels);
  return { ...rest, metadata: { ...metadata, ownerReferences, ...more } } as StoredPod;
}
const app = { app: 'web' };
const going = { deletionTimestamp: '2026-01-01T00:00:00Z' };

describe('which sets are looked at when a pod', () => {
  it.each([
    { name: 'is new and owned', object: podOf(app, owned('web')), want: ['web'] },
    { name: 'is new, of an owner of another UID', object: podOf(app, owned('web', 'before')), want: [] },
    {
      name: 'is new, of an owner of another kind',
      object: podOf(app, owned('web', 'web-uid', 'Job')),
      want: [],
    },
    { name: 'is new and nobody is its owner', object: podOf(app), want: ['web', 'twin'] },
    { name: 'is new, without labels', object: podOf({}), want: [] },
    { name: 'is new, of nobody, and going', object: podOf(app, [], going), want: [] },
    { name: 'is new, of nobody, in another namespace', object: podOf(app, [], { namespace: 'x' }), want: [] },
    {
      name: 'changes',
      old: podOf(app, owned('web')),
      object: podOf(app, owned('web'), going),
      want: ['web'],
    },
    {
      name: 'gets other labels',
      old: podOf(app, owned('web')),
      object: podOf({ app: 'db' }, owned('web')),
      want: ['web'],
    },
    { name: 'of nobody changes', old: podOf(app), object: podOf(app, [], { annotations: {} }), want: [] },
    { name: 'of nobody gets other labels', old: podOf(app), object: podOf({ app: 'db' }), want: ['db'] },
    { name: 'is adopted', old: podOf(app), object: podOf(app, owned('twin')), want: ['twin'] },
    {
      name: 'changes hands',
      old: podOf(app, owned('web')),
      object: podOf(app, owned('db')),
      want: ['web', 'db'],
    },
    { name: 'is released', old: podOf(app, owned('web')), object: podOf({ app: 'x' }), want: ['web'] },
    {
      name: 'is released and matches',
      old: podOf(app, owned('db')),
      object: podOf(app),
      want: ['db', 'web', 'twin'],
    },
    {
      name: 'is released by one that matches',
      old: podOf(app, owned('web')),
      object: podOf(app),
      want: ['web', 'twin'],
    },
    {
      name: 'is released and going',
      old: podOf(app, owned('web')),
      object: podOf(app, [], going),
      want: ['web'],
    },
    {
      name: 'is gone',
      old: podOf(app, owned('web')),
      object: podOf(app, owned('web')),
      isDeleted: true,
      want: ['web'],
    },
    { name: 'of nobody is gone', old: podOf(app), object: podOf(app), isDeleted: true, want: [] },
  ])('$name', ({ object, old, isDeleted = false, want }) => {
    const requests = setsOfPod(replicaSetKind, { object, old, isDeleted }, sets);
    expect(requests).toEqual(want.map((name) => ({ namespace: 'default', name })));
  });

  it('belongs to a ReplicationController', () => {
    const controllers = cacheOf(withUID(replicationController({}, 'web'), 'web-uid'));
    const request = [{ namespace: 'default', name: 'web' }];
    const change = (object: StoredPod) => ({ object, old: undefined, isDeleted: false });
    const mine = podOf(app, owned('web', 'web-uid', 'ReplicationController'));
    expect(setsOfPod(replicationControllerKind, change(mine), controllers)).toEqual(request);
    expect(setsOfPod(replicationControllerKind, change(podOf(app)), controllers)).toEqual(request);
    expect(setsOfPod(replicationControllerKind, change(podOf(app, owned('web'))), controllers)).toEqual([]);
  });
});
