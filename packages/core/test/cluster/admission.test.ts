import { describe, expect, it } from 'vitest';
import type { ApiObject } from '../../src/api/meta.ts';
import { admitStatus, createAdmission } from '../../src/cluster/admission.ts';
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

  const set = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'web' },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'a', image: 'b' }] } },
    },
  };

  it('lets a new set begin without the status of the one that its manifest was taken from', () => {
    const status = { replicas: 3 };
    const old = admit({ ...set, status } as ApiObject);
    expect(old).not.toHaveProperty('status');
    expect(admit({ ...set, status } as ApiObject, old)).toHaveProperty('status', status);
    const pod = { ...config({}, 'Pod'), spec: set.spec.template.spec, status: { phase: 'Pending' } };
    expect(admit(pod)).toHaveProperty('status', { phase: 'Pending' });
  });

  it('names every mistake of an update at once, in the words of Kubernetes', () => {
    const old = admit(set);
    const other = { ...set, spec: { ...set.spec, replicas: -1, selector: { matchLabels: { app: 'x' } } } };
    expect(() => admit(other, old)).toThrow(
      'ReplicaSet "web" is invalid: [spec.replicas: Invalid value: -1: must be greater than or equal to 0, ' +
        'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`, ' +
        'spec.selector: Invalid value: {"matchLabels":{"app":"x"}}: field is immutable]',
    );
  });

  it('gives every pod time on a node that is lost, also in an update that leaves it out', () => {
    const pod = { ...config({}, 'Pod'), spec: set.spec.template.spec };
    const created = admit(pod);
    expect(created).toHaveProperty('spec.tolerations', [
      {
        key: 'node.kubernetes.io/not-ready',
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 300,
      },
      {
        key: 'node.kubernetes.io/unreachable',
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 300,
      },
    ]);
    expect(admit(pod, created)).toEqual(created);
    const brief = createAdmission(loadPlugins([], silentLogger), {
      isTerminating: () => false,
      tolerationSeconds: { notReady: 5 },
    });
    expect(brief(pod)).toHaveProperty('spec.tolerations[0].tolerationSeconds', 5);
  });

  it('refuses a status that cannot be', () => {
    const status = { replicas: 1, readyReplicas: 2 };
    expect(() => admitStatus({ ...set, status } as ApiObject, set)).toThrow(
      'ReplicaSet "web" is invalid: status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas',
    );
    expect(() => admitStatus({ ...set, status: { replicas: 1 } } as ApiObject, set)).not.toThrow();
  });
});
