import { describe, expect, it } from 'vitest';
import type { ApiObject, ObjectMeta, OwnerReference } from '../../../src/api/meta.ts';
import { decideClaim } from '../../../src/controller/replication/claim.ts';
import {
  controllerReference,
  withController,
  withoutOwner,
} from '../../../src/controller/replication/owner-references.ts';

const owner = (metadata: ObjectMeta = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name: 'web', namespace: 'default', uid: 'us', ...metadata },
});
const going = { deletionTimestamp: '2026-01-01T00:00:00Z' };
const ours = controllerReference(owner());
const theirs: OwnerReference = { ...ours, uid: 'them' };
const plain: OwnerReference = { apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'node' };

function pod(metadata: ObjectMeta = {}): ApiObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'default', labels: { app: 'web' }, ...metadata },
  };
}
const other = { labels: { app: 'other' } };

describe('who belongs to whom', () => {
  it.each([
    { name: "somebody else's", object: pod({ ownerReferences: [theirs] }), want: 'ignore' },
    { name: 'ours', object: pod({ ownerReferences: [ours] }), want: 'keep' },
    {
      name: 'ours, of an owner that goes',
      object: pod({ ownerReferences: [ours] }),
      owner: going,
      want: 'keep',
    },
    { name: 'ours and going', object: pod({ ownerReferences: [ours], ...going }), want: 'keep' },
    { name: 'ours without its labels', object: pod({ ownerReferences: [ours], ...other }), want: 'release' },
    {
      name: 'ours without its labels, of an owner that goes',
      object: pod({ ownerReferences: [ours], ...other }),
      owner: going,
      want: 'ignore',
    },
    { name: "nobody's, with other labels", object: pod(other), want: 'ignore' },
    { name: "nobody's, without labels", object: pod({ labels: {} }), want: 'ignore' },
    { name: "nobody's", object: pod(), want: 'adopt' },
    { name: "nobody's that has a plain owner", object: pod({ ownerReferences: [plain] }), want: 'adopt' },
    { name: "nobody's, of an owner that goes", object: pod(), owner: going, want: 'ignore' },
    { name: "nobody's and going", object: pod(going), want: 'ignore' },
    { name: "nobody's in another namespace", object: pod({ namespace: 'other' }), want: 'ignore' },
  ])('$name: $want', ({ object, owner: meta, want }) => {
    const claimant = { owner: owner(meta), matches: ({ app }: Record<string, string>) => app === 'web' };
    expect(decideClaim(claimant, object)).toBe(want);
  });
});

describe('references to owners', () => {
  it('are added to those there are, in the place of a plain one to the same owner', () => {
    const before = pod({ ownerReferences: [{ ...ours, controller: false }, plain] });
    expect(withController(before, owner()).metadata.ownerReferences).toEqual([plain, ours]);
  });

  it('are taken off by UID, and the list goes with the last one', () => {
    const both = pod({ ownerReferences: [ours, plain] });
    expect(withoutOwner(both, 'us').metadata.ownerReferences).toEqual([plain]);
    expect(withoutOwner(pod({ ownerReferences: [ours] }), 'us').metadata).not.toHaveProperty(
      'ownerReferences',
    );
  });

  it('name the owner in full', () => {
    expect(ours).toEqual({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      name: 'web',
      uid: 'us',
      controller: true,
      blockOwnerDeletion: true,
    });
  });
});
