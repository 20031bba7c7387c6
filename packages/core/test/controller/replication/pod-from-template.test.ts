import { describe, expect, it } from 'vitest';
import { podFromTemplate, podNamePrefix } from '../../../src/controller/replication/pod-from-template.ts';
import { template } from './sets.ts';

const owner = {
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name: 'web', namespace: 'shop', uid: 'u', labels: { of: 'the owner' } },
};

describe('a pod made from a template', () => {
  it('has what the template says, and its owner', () => {
    const { metadata, spec } = template({ app: 'web' });
    const full = {
      metadata: { ...metadata, name: 'ignored', annotations: { a: '1' }, finalizers: ['example.com/hold'] },
      spec,
    };
    expect(podFromTemplate(full, owner)).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        generateName: 'web-',
        namespace: 'shop',
        labels: { app: 'web' },
        annotations: { a: '1' },
        finalizers: ['example.com/hold'],
        ownerReferences: [
          {
            apiVersion: 'apps/v1',
            kind: 'ReplicaSet',
            name: 'web',
            uid: 'u',
            controller: true,
            blockOwnerDeletion: true,
          },
        ],
      },
      spec,
    });
  });

  it.each([undefined, template({}), { spec: { containers: [] } }])('needs labels', (without) => {
    expect(() => podFromTemplate(without, owner)).toThrow('unable to create pods, no labels');
  });

  it.each([
    ['web', 'web-'],
    ['a'.repeat(252), `${'a'.repeat(252)}-`],
    ['a'.repeat(253), 'a'.repeat(253)],
  ])('has a name that begins with its owner', (name, want) => {
    expect(podNamePrefix(name)).toBe(want);
  });
});
