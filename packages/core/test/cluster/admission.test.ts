import { describe, expect, it } from 'vitest';
import type { ApiObject } from '../../src/api/meta.ts';
import { createAdmission } from '../../src/cluster/admission.ts';
import { silentLogger } from '../../src/contract/logger.ts';
import { loadPlugins } from '../../src/plugin/load-plugins.ts';

const admit = createAdmission(loadPlugins([], silentLogger), {
  isTerminating: (namespace) => namespace === 'shop',
});

function config(metadata: Partial<ApiObject['metadata']>, kind = 'ConfigMap'): ApiObject {
  return { apiVersion: 'v1', kind, metadata: { name: 'c', namespace: 'default', ...metadata } };
}

describe('admission', () => {
  it('lets nothing new into a namespace that is being emptied, not even an event', () => {
    const words = 'unable to create new content in namespace shop because it is being terminated';
    expect(() => admit(config({ namespace: 'shop' }))).toThrow(`configmaps "c" is forbidden: ${words}`);
    expect(() => admit(config({ namespace: 'shop' }, 'Event'))).toThrow(`events "c" is forbidden: ${words}`);
    expect(admit(config({ namespace: 'other' }))).toBeDefined();
  });

  it('lets objects of such a namespace change', () => {
    const old = config({ namespace: 'shop' });
    expect(admit(config({ namespace: 'shop', labels: { a: 'b' } }), old)).toBeDefined();
  });

  it.each(['ConfigMap', 'Endpoints'])('lets no finalizer be added to a %s that is being deleted', (kind) => {
    const old = config({ deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['a/b', 'a/c'] }, kind);
    expect(admit(config({ finalizers: ['a/c'] }, kind), old)).toBeDefined();
    expect(() => admit(config({ finalizers: ['a/c', 'a/e', 'a/d'] }, kind), old)).toThrow(
      `${kind} "c" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"a/d", "a/e"}`,
    );
  });

  it('refuses both finalizers of the garbage collector at once', () => {
    expect(() => admit(config({ finalizers: ['orphan', 'foregroundDeletion'] }))).toThrow(
      'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set',
    );
  });

  it('refuses an Event as an owner', () => {
    const owner = { apiVersion: 'v1', kind: 'Event', name: 'e', uid: 'u' };
    expect(() => admit(config({ ownerReferences: [owner] }))).toThrow(
      '/v1, Kind=Event is disallowed from being an owner',
    );
  });
});
