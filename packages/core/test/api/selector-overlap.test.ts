import { describe, expect, it } from 'vitest';
import type { Labels } from '../../src/api/meta.ts';
import type { Scalable } from '../../src/api/scale.ts';
import { overlapWarnings } from '../../src/api/selector-overlap.ts';

const template = (labels: Labels) => ({ metadata: { labels }, spec: { containers: [] } });

function replicaSet(name: string, selector: Labels, labels: Labels, metadata: object = {}): Scalable {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name, ...metadata },
    spec: { selector: { matchLabels: selector }, template: template(labels) },
  };
}

const wide: Scalable = {
  apiVersion: 'v1',
  kind: 'ReplicationController',
  metadata: { name: 'wide' },
  spec: { selector: { app: 'web' }, template: template({ app: 'web' }) },
};
const narrow = replicaSet('narrow', { app: 'web', env: 'test' }, { app: 'web', env: 'test' });
const owner = { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'd', uid: 'u' }] };

describe('an overlap of selectors', () => {
  it('is told whichever of the two would take the pods of the other', () => {
    const words = (other: string) =>
      `spec.selector: overlaps with that of ${other}: each keeps its own pods, and a pod that nobody owns may go to either`;
    expect(overlapWarnings(wide, [narrow])).toEqual([words('ReplicaSet "narrow"')]);
    expect(overlapWarnings(narrow, [wide])).toEqual([words('ReplicationController "wide"')]);
  });

  it.each([
    { name: 'of an object with itself', others: [wide] },
    {
      name: 'with one that a Deployment keeps',
      others: [replicaSet('r', { app: 'web' }, { app: 'web' }, owner)],
    },
    { name: 'with one of other labels', others: [replicaSet('db', { app: 'db' }, { app: 'db' })] },
    { name: 'with one that selects nothing', others: [replicaSet('none', {}, { app: 'db' })] },
  ])('is none: $name', ({ others }) => {
    expect(overlapWarnings(wide, others)).toEqual([]);
  });
});
