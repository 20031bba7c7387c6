import { describe, expect, it } from 'vitest';
import { fc } from '../../../../test/support/fast-check.ts';
import { shapeProblem } from '../../src/api/object-shape.ts';

const metadata = { name: 'web', namespace: 'default', uid: 'u' };
const pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [{ name: 'main', image: 'i' }] } };

describe('a stored value', () => {
  it.each([
    ['Pod', pod],
    ['Lease', { kind: 'Lease', metadata }],
    ['Widget', { kind: 'Widget', metadata, spec: { anything: 1 } }],
  ])('can be used as a %s', (kind, value) => {
    expect(shapeProblem(kind, value)).toBeUndefined();
  });

  it.each<[string, object, string]>([
    ['Pod', {}, 'kind: must be text'],
    ['Pod', { kind: 'Pod' }, 'metadata: must be an object'],
    ['Pod', { kind: 'Pod', metadata: null }, 'metadata: must be an object'],
    ['Pod', { kind: 'Pod', metadata: {} }, 'metadata.name: must be text'],
    ['Pod', { ...pod, kind: 'Lease' }, 'kind: must be Pod'],
    ['Pod', { kind: 'Pod', metadata }, 'spec: must be an object'],
    ['Pod', { ...pod, spec: { nodeName: 7 } }, 'spec.nodeName: must be text'],
    ['Pod', { ...pod, status: 'Running' }, 'status: must be an object'],
    ['Pod', { ...pod, metadata: { ...metadata, labels: [] } }, 'metadata.labels: must be an object'],
    [
      'Pod',
      { ...pod, metadata: { ...metadata, ownerReferences: {} } },
      'metadata.ownerReferences: must be a list of objects',
    ],
    ['Node', { kind: 'Node', metadata, spec: { taints: 'x' } }, 'spec.taints: must be a list of objects'],
    ['Service', { kind: 'Service', metadata, spec: { ports: 80 } }, 'spec.ports: must be a list of objects'],
  ])('cannot be used as a %s: %j', (kind, value, problem) => {
    expect(shapeProblem(kind, value)).toBe(problem);
  });

  it('never breaks the one who asks', () => {
    fc.assert(fc.property(fc.object({ maxDepth: 4 }), (value) => void shapeProblem('Pod', value)));
  });
});
