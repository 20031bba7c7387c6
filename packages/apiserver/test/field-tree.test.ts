import { describe, expect, it } from 'vitest';
import { fc } from '../../../test/support/fast-check.ts';
import { fieldTreeOf } from '../src/apply/field-tree.ts';
import { managersAfterUpdate, managersOfNew, writeManagers } from '../src/apply/managed-fields.ts';
import type { Fields } from '../src/json/fields.ts';

const change = {
  kind: 'Pod',
  manager: { name: 'me', operation: 'Update' },
  apiVersion: 'v1',
  time: '2026-01-01T00:00:00Z',
} as const;

/** Names that mean something to the owners of fields, at any depth. */
const names = fc.constantFrom(
  ...[
    'metadata',
    'name',
    'status',
    'finalizers',
    'labels',
    'spec',
    'containers',
    'ports',
    'env',
    'selector',
    'x',
  ],
);
const { tree: objects } = fc.letrec<{ tree: Fields; value: unknown }>((tie) => ({
  tree: fc.dictionary(names, tie('value'), { maxKeys: 4 }),
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(undefined, null, 1, 'a', '', true, {}, []),
    tie('tree'),
    fc.array(fc.oneof(tie('tree'), fc.constantFrom('a', 'b', 1)), { maxLength: 3 }),
    fc.array(tie('tree'), { maxLength: 3 }),
  ),
}));

describe('the fields of a new object', () => {
  it('are those that a change of nothing to it would give', () => {
    fc.assert(
      fc.property(objects, (object) => {
        expect(managersOfNew(object, change)).toEqual(
          writeManagers(managersAfterUpdate(undefined, object, change)),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('of a pod with the spec of another one are those of the other one', () => {
    fc.assert(
      fc.property(objects, objects, (spec, other) => {
        const tree = fieldTreeOf({ spec: structuredClone(spec) }, 'Pod');
        Object.freeze(spec);
        const first = fieldTreeOf({ spec }, 'Pod');
        const second = fieldTreeOf({ ...other, spec }, 'Pod');
        expect(first).toEqual(tree);
        expect(second['f:spec']).toBe(first['f:spec']);
        expect(second).toEqual(fieldTreeOf({ ...other, spec: { ...spec } }, 'Pod'));
        // Lists have other keys there.
        expect(fieldTreeOf({ spec }, 'Service')).toEqual(fieldTreeOf({ spec: { ...spec } }, 'Service'));
      }),
    );
  });

  it('are told once where two items of a list have the same keys', () => {
    const ports = [
      { containerPort: 80, name: 'a' },
      { containerPort: 80, hostIP: 'x' },
    ];
    expect(fieldTreeOf({ spec: { containers: [{ name: 'c', ports }] } }, 'Pod')).toEqual({
      'f:spec': {
        'f:containers': {
          'k:{"name":"c"}': {
            '.': {},
            'f:name': {},
            'f:ports': {
              'k:{"containerPort":80,"protocol":"TCP"}': {
                '.': {},
                'f:containerPort': {},
                'f:name': {},
                'f:hostIP': {},
              },
            },
          },
        },
      },
    });
  });
});
