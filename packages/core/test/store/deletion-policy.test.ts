import { describe, expect, it } from 'vitest';
import type { ApiObject } from '../../src/api/meta.ts';
import type { DeleteOptions, PropagationPolicy } from '../../src/contract/object-store.ts';
import { finalizersOnDeletion } from '../../src/store/deletion-policy.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { createObjectStore } from '../../src/store/object-store.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

function object(kind: string, finalizers: readonly string[] = []): ApiObject {
  const apiVersion = kind === 'ReplicaSet' ? 'apps/v1' : 'v1';
  return { apiVersion, kind, metadata: { name: 'web', namespace: 'default', finalizers } };
}

function harness() {
  const clock = new TestClock();
  const random = new SeededRandom('deletion-policy');
  return createObjectStore({ store: createMemoryStore(), clock, random });
}

describe('the policy of a deletion', () => {
  it.each<[string, string, readonly string[], DeleteOptions, readonly string[]]>([
    ['is background for a ReplicaSet', 'ReplicaSet', [], {}, []],
    ['is orphan for a ReplicationController', 'ReplicationController', [], {}, ['orphan']],
    [
      'of the request counts more than that of the kind',
      'ReplicationController',
      [],
      { propagationPolicy: 'Background' },
      [],
    ],
    ['may be foreground', 'ReplicaSet', [], { propagationPolicy: 'Foreground' }, ['foregroundDeletion']],
    ['may be orphan', 'ReplicaSet', [], { propagationPolicy: 'Orphan' }, ['orphan']],
    ['may be orphan in the older form', 'ReplicaSet', [], { orphanDependents: true }, ['orphan']],
    ['may be background in the older form', 'ReplicationController', [], { orphanDependents: false }, []],
    ['of an earlier request is kept', 'ReplicaSet', ['foregroundDeletion'], {}, ['foregroundDeletion']],
    [
      'of an earlier request counts more than that of the kind',
      'ReplicationController',
      ['foregroundDeletion'],
      {},
      ['foregroundDeletion'],
    ],
    [
      'of the request counts more than that of an earlier one',
      'ReplicaSet',
      ['foregroundDeletion', 'a/b'],
      { propagationPolicy: 'Orphan' },
      ['a/b', 'orphan'],
    ],
    ['may be taken back', 'ReplicaSet', ['orphan', 'a/b'], { propagationPolicy: 'Background' }, ['a/b']],
    ['means nothing for an Event', 'Event', [], { propagationPolicy: 'Foreground' }, []],
  ])('%s', (_, kind, finalizers, options, wanted) => {
    expect(finalizersOnDeletion(object(kind, finalizers), options)).toEqual(wanted);
  });

  it.each<[DeleteOptions, string]>([
    [
      { propagationPolicy: 'Orphan', orphanDependents: false },
      'propagationPolicy: Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set',
    ],
    [
      { propagationPolicy: 'Sideways' as PropagationPolicy },
      'propagationPolicy: Unsupported value: "Sideways": supported values: "Foreground", "Background", "Orphan", "nil"',
    ],
  ])('%j is refused', async (options, words) => {
    const objects = harness();
    await objects.create(object('ConfigMap'));
    await expect(objects.delete('ConfigMap', 'default', 'web', options)).rejects.toMatchObject({
      code: 'INVALID',
      message: `DeleteOptions.meta.k8s.io "" is invalid: ${words}`,
    });
  });

  it('keeps the object until its finalizer is taken off, and can be changed meanwhile', async () => {
    const objects = harness();
    await objects.create(object('ReplicaSet'));
    const marked = await objects.delete('ReplicaSet', 'default', 'web', { propagationPolicy: 'Foreground' });
    expect(marked.metadata).toMatchObject({
      deletionTimestamp: '2026-01-01T00:00:00Z',
      deletionGracePeriodSeconds: 0,
      finalizers: ['foregroundDeletion'],
    });
    expect(await objects.delete('ReplicaSet', 'default', 'web')).toBe(marked);
    await objects.delete('ReplicaSet', 'default', 'web', { propagationPolicy: 'Background' });
    expect(await objects.get('ReplicaSet', 'default', 'web')).toBeUndefined();
  });

  it('does not take the grace period from a pod', async () => {
    const objects = harness();
    const spec = { containers: [], nodeName: 'node-a', terminationGracePeriodSeconds: 30 };
    await objects.create({ ...object('Pod'), ...{ spec } });
    const marked = await objects.delete('Pod', 'default', 'web', { propagationPolicy: 'Foreground' });
    expect(marked.metadata).toMatchObject({
      deletionGracePeriodSeconds: 30,
      finalizers: ['foregroundDeletion'],
    });
    const again = await objects.delete('Pod', 'default', 'web', { propagationPolicy: 'Background' });
    expect(again).toBe(marked);
    const confirmed = await objects.delete('Pod', 'default', 'web', { gracePeriodSeconds: 0 });
    expect(confirmed.metadata).toMatchObject({ deletionGracePeriodSeconds: 0 });
    await objects.patchWith('Pod', 'default', 'web', (pod) => ({
      ...pod,
      metadata: { ...pod.metadata, finalizers: [] },
    }));
    expect(await objects.get('Pod', 'default', 'web')).toBeUndefined();
  });
});
