import { describe, expect, it } from 'vitest';
import type { ApiObject } from '../../../src/api/meta.ts';
import type { Namespace } from '../../../src/api/objects.ts';
import { namespaceConditions } from '../../../src/controller/namespace/namespace-conditions.ts';

const nowMs = Date.UTC(2026, 0, 1);
const namespace: Namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };

function object(kind: string, finalizers?: readonly string[]): ApiObject {
  return { apiVersion: 'v1', kind, metadata: { name: 'x', ...(finalizers && { finalizers }) } };
}

describe('the conditions of a namespace that is being emptied', () => {
  it('say what is left and whose finalizers keep it', () => {
    const remaining = [object('Pod', ['b/y', 'a/x']), object('ReplicaSet'), object('Pod', ['a/x'])];
    expect(namespaceConditions(namespace, { remaining, errors: [] }, nowMs)).toEqual([
      {
        type: 'NamespaceDeletionContentFailure',
        status: 'False',
        lastTransitionTime: '2026-01-01T00:00:00Z',
        reason: 'ContentDeleted',
        message: 'All content successfully deleted, may be waiting on finalization',
      },
      {
        type: 'NamespaceContentRemaining',
        status: 'True',
        lastTransitionTime: '2026-01-01T00:00:00Z',
        reason: 'SomeResourcesRemain',
        message:
          'Some resources are remaining: pods. has 2 resource instances, replicasets.apps has 1 resource instances',
      },
      {
        type: 'NamespaceFinalizersRemaining',
        status: 'True',
        lastTransitionTime: '2026-01-01T00:00:00Z',
        reason: 'SomeFinalizersRemain',
        message:
          'Some content in the namespace has finalizers remaining: a/x in 2 resource instances, b/y in 1 resource instances',
      },
    ]);
  });

  it('say what could not be deleted, each reason once', () => {
    const errors = [new Error('no'), new Error('down'), new Error('no')];
    const [failure] = namespaceConditions(namespace, { remaining: [], errors }, nowMs);
    expect(failure).toMatchObject({
      status: 'True',
      reason: 'ContentDeletionFailed',
      message: 'Failed to delete all resource types: down; no',
    });
  });

  it('keep their time while their status stays', () => {
    const remaining = [object('Pod')];
    const conditions = namespaceConditions(namespace, { remaining, errors: [] }, nowMs);
    const later = namespaceConditions(
      { ...namespace, status: { conditions } },
      { remaining: [], errors: [] },
      nowMs + 5000,
    );
    expect(later.map(({ status, lastTransitionTime }) => [status, lastTransitionTime])).toEqual([
      ['False', '2026-01-01T00:00:00Z'],
      ['False', '2026-01-01T00:00:05Z'],
      ['False', '2026-01-01T00:00:00Z'],
    ]);
    expect(later[1]).toMatchObject({
      reason: 'ContentRemoved',
      message: 'All content successfully removed',
    });
  });
});
