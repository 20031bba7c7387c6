import { describe, expect, it } from 'vitest';
import { fc } from '../../../../test/support/fast-check.ts';
import { jsonEqual } from '../../src/store/json-equal.ts';
import { describeObject, kindPrefix, objectKey, resourceOf } from '../../src/store/keys.ts';

describe('resource names', () => {
  it.each([
    ['Pod', 'pods', true],
    ['ConfigMap', 'configmaps', true],
    ['Endpoints', 'endpoints', true],
    ['Ingress', 'ingresses', true],
    ['NetworkPolicy', 'networkpolicies', true],
    ['Gateway', 'gateways', true],
    ['Node', 'nodes', false],
    ['Namespace', 'namespaces', false],
    ['constructor', 'constructors', true],
  ])('%s', (kind, plural, isNamespaced) => {
    expect(resourceOf(kind)).toMatchObject({ plural, isNamespaced });
  });

  it('make keys and prefixes', () => {
    expect(objectKey({ kind: 'Pod', namespace: 'a', name: 'web' })).toBe('pods/a/web');
    expect(objectKey({ kind: 'Pod', name: 'web' })).toBe('pods/default/web');
    expect(objectKey({ kind: 'Node', namespace: 'a', name: 'n' })).toBe('nodes/n');
    expect(kindPrefix('Pod')).toBe('pods/');
    expect(kindPrefix('Pod', 'a')).toBe('pods/a/');
    expect(kindPrefix('Node', 'a')).toBe('nodes/');
  });

  it('describe an object as the API does', () => {
    expect(describeObject({ kind: 'Pod', name: 'web' })).toBe('pods "web"');
    expect(describeObject({ kind: 'Deployment', name: 'web' })).toBe('deployments.apps "web"');
  });
});

describe('jsonEqual', () => {
  it('agrees with a comparison of the printed JSON, keys in order', () => {
    const sorted = (value: unknown): string =>
      JSON.stringify(value, (_, part) =>
        part !== null && typeof part === 'object' && !Array.isArray(part)
          ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
          : part,
      );
    const json = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(jsonEqual(a, b)).toBe(sorted(a) === sorted(b));
        expect(jsonEqual(a, structuredClone(a))).toBe(true);
      }),
    );
  });

  it('takes undefined as absent', () => {
    expect(jsonEqual({ a: 1, b: undefined }, { a: 1 })).toBe(true);
    expect(jsonEqual({ a: 1 }, { a: 1, b: undefined })).toBe(true);
    expect(jsonEqual({ a: null }, {})).toBe(false);
    expect(jsonEqual([], {})).toBe(false);
  });
});
