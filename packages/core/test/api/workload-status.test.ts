import { describe, expect, it } from 'vitest';
import { statusErrors } from '../../src/api/admit.ts';
import { formatFieldError } from '../../src/api/field-error.ts';
import type { ApiObject } from '../../src/api/meta.ts';
import type { Json } from './pod-examples.ts';

function object(kind: string, status?: unknown): ApiObject {
  return { apiVersion: 'v1', kind, metadata: { name: 'web' }, ...(status !== undefined && { status }) };
}

function complaints(kind: string, status: unknown, stored?: Json): readonly string[] {
  return statusErrors(object(kind, status), object(kind, stored)).map(formatFieldError);
}

describe('a status', () => {
  it.each(['ReplicationController', 'ReplicaSet', 'Deployment'])('of a %s counts no pod twice', (kind) => {
    const counts = { replicas: 2, readyReplicas: 3, availableReplicas: 4, observedGeneration: -1 };
    expect(complaints(kind, counts)).toEqual([
      'status.observedGeneration: Invalid value: -1: must be greater than or equal to 0',
      'status.readyReplicas: Invalid value: 3: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 4: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 4: cannot be greater than readyReplicas',
    ]);
    expect(complaints(kind, { replicas: 3, readyReplicas: 3, availableReplicas: 3 })).toEqual([]);
    expect(complaints(kind, {})).toEqual([]);
    expect(complaints(kind, undefined)).toEqual([]);
  });

  it('of a ReplicaSet does not count below nothing', () => {
    const counts = { replicas: -1, fullyLabeledReplicas: -1, readyReplicas: -1, availableReplicas: -1 };
    expect(complaints('ReplicaSet', { ...counts, terminatingReplicas: -1 })).toEqual(
      ['replicas', 'fullyLabeledReplicas', 'readyReplicas', 'availableReplicas', 'terminatingReplicas'].map(
        (field) => `status.${field}: Invalid value: -1: must be greater than or equal to 0`,
      ),
    );
  });

  it('of a Deployment does not take back a collision', () => {
    expect(complaints('Deployment', { replicas: 0 }, { collisionCount: 2 })).toEqual([
      'status.collisionCount: Invalid value: 0: cannot be decremented',
    ]);
    expect(complaints('Deployment', { replicas: 0, collisionCount: 3 }, { collisionCount: 2 })).toEqual([]);
  });

  it('with wrong types is refused for these alone', () => {
    const broken = { replicas: 'three', readyReplicas: 1, conditions: [{ type: 'Available', status: true }] };
    expect(complaints('ReplicaSet', broken)).toEqual([
      'status.replicas: Invalid value: "three": must be a 32-bit integer',
      'status.conditions[0].status: Invalid value: true: must be a string; write it in quotes',
      'status.readyReplicas: Invalid value: 1: cannot be greater than status.replicas',
    ]);
    expect(complaints('Pod', { phase: 7 })).toEqual([
      'status.phase: Invalid value: 7: must be a string; write it in quotes',
    ]);
    expect(complaints('Node', [])).toEqual(['status: Invalid value: []: must be an object']);
  });

  it('may hold what is not known here', () => {
    expect(complaints('ReplicaSet', { replicas: 1, future: { is: 'bright' } })).toEqual([]);
    expect(complaints('ConfigMap', { anything: true })).toEqual([]);
  });

  it('with ten thousand mistakes names a hundred', () => {
    const conditions = Array.from({ length: 10_000 }, () => ({ type: 1 }));
    const lines = complaints('Deployment', { conditions });
    expect(lines.length).toBeLessThanOrEqual(101);
    expect(lines.length).toBeGreaterThanOrEqual(100);
  });
});
