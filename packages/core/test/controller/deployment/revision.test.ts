import { describe, expect, it } from 'vitest';
import {
  annotationsOfNew,
  annotationsRolledBack,
  desiredReplicasOf,
  highestRevision,
  maxReplicasOf,
  revisionOf,
  withSizes,
} from '../../../src/controller/deployment/revision.ts';
import { deployment, replicaSet, scaledAt } from './builders.ts';

const revision = 'deployment.kubernetes.io/revision';
const history = 'deployment.kubernetes.io/revision-history';

describe('the annotations of the new ReplicaSet', () => {
  it('are those of its Deployment, but for what belongs to one object only', () => {
    const annotations = {
      'kubernetes.io/change-cause': 'a better image',
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
      'deprecated.deployment.rollback.to': '1',
      [revision]: '7',
      [history]: '1,2',
      ...scaledAt(1, 2),
    };
    expect(annotationsOfNew(deployment({ annotations }), { mine: 'kept' }, 3n)).toEqual({
      'kubernetes.io/change-cause': 'a better image',
      mine: 'kept',
      [revision]: '3',
    });
  });

  it.each<[string, Record<string, string>, number, Record<string, string>]>([
    ['gives a first revision', {}, 1, { [revision]: '1' }],
    ['raises it, and remembers the old one', { [revision]: '1' }, 3, { [revision]: '3', [history]: '1' }],
    [
      'adds to what is remembered',
      { [revision]: '3', [history]: '1' },
      5,
      { [revision]: '5', [history]: '1,3' },
    ],
    ['never lowers it', { [revision]: '5' }, 3, { [revision]: '5' }],
    [
      'leaves it when it is right',
      { [revision]: '5', [history]: '2' },
      5,
      { [revision]: '5', [history]: '2' },
    ],
  ])('%s', (_, current, number, want) => {
    expect(annotationsOfNew(deployment(), current, BigInt(number))).toEqual(want);
  });

  it('remember 2000 characters at most, the oldest are dropped', () => {
    const long = Array.from({ length: 400 }, (_, i) => 1000 + i).join(',');
    const after =
      annotationsOfNew(deployment(), { [revision]: '1400', [history]: long }, 1500n)[history] ?? '';
    expect([after.length, after.slice(0, 9), after.slice(-9)]).toEqual([1999, '1001,1002', '1399,1400']);
  });
});

describe('revisions', () => {
  it('are 0 when there is none, or none that can be read', () => {
    const of = (text: string) => revisionOf(replicaSet({ annotations: { [revision]: text } }));
    expect([revisionOf(replicaSet()), of('12'), of('x'), of('1.5')]).toEqual([0n, 12n, 0n, 0n]);
    expect(highestRevision([])).toBe(0n);
    expect(highestRevision([replicaSet({ revision: 3 }), replicaSet({ revision: 12 })])).toBe(12n);
  });

  it('have 64 bits', () => {
    const annotations = { [revision]: '3546343826724305832' };
    const next = highestRevision([replicaSet({ annotations })]) + 1n;
    expect(annotationsOfNew(deployment(), {}, next)).toEqual({ [revision]: '3546343826724305833' });
  });

  it('are kept when a Deployment is rolled back; what it copied to others comes back', () => {
    const current = deployment({
      annotations: { [revision]: '4', cause: 'edit', 'deprecated.deployment.rollback.to': '1' },
    });
    const target = replicaSet({ revision: 1, annotations: { cause: 'create', ...scaledAt(3, 4) } });
    expect(annotationsRolledBack(current, target)).toEqual({ [revision]: '4', cause: 'create' });
  });
});

describe('the sizes at the last scaling', () => {
  it('are those of the Deployment, without and with surge', () => {
    const annotations = withSizes({ a: 'b' }, deployment({ replicas: 10 }));
    expect(annotations).toEqual({ a: 'b', ...scaledAt(10, 13) });
    const scaled = replicaSet({ annotations });
    expect([desiredReplicasOf(scaled), maxReplicasOf(scaled)]).toEqual([10, 13]);
    expect(desiredReplicasOf(replicaSet())).toBeUndefined();
  });
});
