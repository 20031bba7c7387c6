import { describe, expect, it } from 'vitest';
import { fc } from '../../../../../test/support/fast-check.ts';
import type { ApiObject } from '../../../src/api/meta.ts';
import { mergePatch } from '../../../src/api/patch/merge-patch.ts';
import { strategicMerge } from '../../../src/api/patch/strategic-merge.ts';

type Fields = Record<string, unknown>;

function pod(spec: Fields, metadata: Fields = {}): ApiObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', ...metadata }, spec } as ApiObject;
}

function merged(object: ApiObject, patch: unknown): Fields {
  const result = strategicMerge(object, patch);
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result.value as unknown as Fields;
}

describe('a strategic merge patch', () => {
  const two = [
    { name: 'a', image: 'a:1', env: [{ name: 'X', value: '1' }] },
    { name: 'b', image: 'b:1' },
  ];

  it.each<{ name: string; spec: Fields; patch: Fields; want: Fields }>([
    {
      name: 'merges containers by name',
      spec: { containers: two },
      patch: { containers: [{ name: 'b', image: 'b:2' }] },
      want: { containers: [two[0], { name: 'b', image: 'b:2' }] },
    },
    {
      name: 'merges lists inside of list items',
      spec: { containers: two },
      patch: { containers: [{ name: 'a', env: [{ name: 'Y', value: '2' }] }] },
      want: {
        containers: [
          {
            ...two[0],
            env: [
              { name: 'Y', value: '2' },
              { name: 'X', value: '1' },
            ],
          },
          two[1],
        ],
      },
    },
    {
      name: 'puts items that are new in front of what only the server has, without their nulls and directives',
      spec: { containers: two },
      patch: { containers: [{ name: 'c', image: 'c:1', command: null, $retainKeys: ['name', 'image'] }] },
      want: { containers: [{ name: 'c', image: 'c:1' }, ...two] },
    },
    {
      name: 'puts items in another order, although it changes none of them',
      spec: { containers: [...two, { name: 's', image: 's:1' }] },
      patch: { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] },
      want: { containers: [two[1], two[0], { name: 's', image: 's:1' }] },
    },
    {
      name: 'leaves what the order does not name in front of what it stood before',
      spec: { containers: [{ name: 's', image: 's:1' }, ...two] },
      patch: {
        '$setElementOrder/containers': [{ name: 'a' }, { name: 'c' }, { name: 'b' }],
        containers: [{ name: 'c', image: 'c:1' }],
      },
      want: { containers: [{ name: 's', image: 's:1' }, two[0], { name: 'c', image: 'c:1' }, two[1]] },
    },
    {
      name: 'takes items out',
      spec: { containers: two },
      patch: { containers: [{ name: 'a', $patch: 'delete' }] },
      want: { containers: [two[1]] },
    },
    {
      name: 'replaces a list when it is told to',
      spec: { containers: two },
      patch: { containers: [{ $patch: 'replace' }, { name: 'c' }] },
      want: { containers: [{ name: 'c' }] },
    },
    {
      name: 'puts items in the order that is given',
      spec: { containers: two },
      patch: {
        '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }],
        containers: [{ name: 'a', image: 'a:2' }],
      },
      want: { containers: [two[1], { ...two[0], image: 'a:2' }] },
    },
    {
      name: 'replaces lists without a merge key',
      spec: { tolerations: [{ key: 'a' }, { key: 'b' }], containers: [{ name: 'a', args: ['1', '2'] }] },
      patch: { tolerations: [{ key: 'c' }], containers: [{ name: 'a', args: ['3'] }] },
      want: { tolerations: [{ key: 'c' }], containers: [{ name: 'a', args: ['3'] }] },
    },
    {
      name: 'takes fields out with null, keeps those it does not name',
      spec: { nodeName: 'n', hostname: 'h', nodeSelector: { a: '1', b: '2' } },
      patch: { hostname: null, nodeSelector: { b: null, c: '3' } },
      want: { nodeName: 'n', nodeSelector: { a: '1', c: '3' } },
    },
    {
      name: 'keeps only the fields of $retainKeys beside its own',
      spec: { volumes: [{ name: 'v', emptyDir: {} }] },
      patch: { volumes: [{ name: 'v', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/x' } }] },
      want: { volumes: [{ name: 'v', hostPath: { path: '/x' } }] },
    },
    {
      name: 'replaces a map when it is told to',
      spec: { nodeSelector: { a: '1' } },
      patch: { nodeSelector: { $patch: 'replace', b: '2' } },
      want: { nodeSelector: { b: '2' } },
    },
  ])('$name', ({ spec, patch, want }) => {
    expect(merged(pod(spec), { spec: patch })['spec']).toEqual(want);
  });

  it('merges container ports by containerPort and Service ports by port', () => {
    const containers = [{ name: 'a', ports: [{ containerPort: 80, name: 'http' }] }];
    const patch = { spec: { containers: [{ name: 'a', ports: [{ containerPort: 81 }] }] } };
    const [container] = (merged(pod({ containers }), patch)['spec'] as { containers: Fields[] }).containers;
    expect(container?.['ports']).toEqual([{ containerPort: 81 }, { containerPort: 80, name: 'http' }]);
    const service = { apiVersion: 'v1', kind: 'Service', metadata: {}, spec: { ports: [{ port: 80 }] } };
    expect(
      merged(service as ApiObject, { spec: { ports: [{ port: 80, targetPort: 8080 }] } })['spec'],
    ).toEqual({
      ports: [{ port: 80, targetPort: 8080 }],
    });
  });

  it('unites finalizers, and takes them out by name', () => {
    const object = pod({}, { finalizers: ['a/x', 'a/y'] });
    expect(merged(object, { metadata: { finalizers: ['a/z', 'a/x'] } })['metadata']).toMatchObject({
      finalizers: ['a/z', 'a/x', 'a/y'],
    });
    expect(
      merged(object, { metadata: { '$deleteFromPrimitiveList/finalizers': ['a/x'] } })['metadata'],
    ).toMatchObject({
      finalizers: ['a/y'],
    });
    const none = merged(
      { ...object, metadata: { name: 'a' } },
      { metadata: { '$deleteFromPrimitiveList/finalizers': ['a/x'] } },
    );
    expect(none['metadata']).toEqual({ name: 'a' });
    const ordered = { '$setElementOrder/finalizers': ['a/z', 'a/x'], finalizers: ['a/z'] };
    expect(merged(object, { metadata: ordered })['metadata']).toMatchObject({
      finalizers: ['a/z', 'a/x', 'a/y'],
    });
  });

  // A look through the whole order for each item and step of the sorting takes longer than this test may.
  it('puts long lists in order', () => {
    const names = Array.from({ length: 60_000 }, (_, i) => `c${i}`);
    const containers = names.map((name) => ({ name }));
    const patch = { '$setElementOrder/containers': names.toReversed().map((name) => ({ name })) };
    const { spec } = merged(pod({ containers }), { spec: patch }) as {
      readonly spec: { readonly containers: readonly { readonly name: string }[] };
    };
    expect(spec.containers.map(({ name }) => name)).toEqual(names.toReversed());
  });

  it.each([
    [{ spec: { containers: [{ image: 'x' }] } }, 'spec.containers[0].name'],
    [{ spec: { $patch: 'explode' } }, 'spec.$patch'],
    ['text', ''],
  ])('that cannot be applied is refused by the path: %j', (patch, field) => {
    const result = strategicMerge(pod({ containers: [{ name: 'a' }] }), patch);
    expect(result.ok ? [] : result.errors.map((error) => error.field)).toEqual([field]);
  });

  it('leaves the original as it was, and nothing to change in it changes nothing', () => {
    const object = pod({ containers: two, nodeSelector: { a: '1' } });
    const before = structuredClone(object);
    expect(merged(object, { spec: { containers: [{ name: 'a' }], nodeSelector: {} } })).toEqual(before);
    expect(object).toEqual(before);
  });
});

describe('a merge patch', () => {
  it('does as RFC 7386 says', () => {
    expect(mergePatch({ a: 'b', c: { d: 'e', f: 'g' } }, { a: 'z', c: { f: null } })).toEqual({
      a: 'z',
      c: { d: 'e' },
    });
    expect(mergePatch({ a: [1, 2] }, { a: [3] })).toEqual({ a: [3] });
    expect(mergePatch({ a: 1 }, null)).toBeNull();
  });

  it('applied twice is as good as once', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (target, patch) => {
        const once = mergePatch(target, patch);
        expect(mergePatch(once, patch)).toEqual(once);
      }),
    );
  });
});
