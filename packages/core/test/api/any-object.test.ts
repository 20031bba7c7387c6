/** Objects of every kind, made from its own schema: right and wrong values in any place. */

import { describe, expect, it } from 'vitest';
import { fc } from '../../../../test/support/fast-check.ts';
import { admitObject, admitUpdate, statusErrors } from '../../src/api/admit.ts';
import { formatFieldError } from '../../src/api/field-error.ts';
import { kindInfo, knownKinds } from '../../src/api/kinds.ts';
import { mergePatch } from '../../src/api/patch/merge-patch.ts';
import type { Schema } from '../../src/api/schema.ts';
import type { Json } from './pod-examples.ts';
import { admitted, labels, podTemplate, workload, workloadKinds } from './workload-examples.ts';

const words = fc.constantFrom(
  ...[
    '',
    'a',
    'web',
    'None',
    'Always',
    'ClusterIP',
    'NodePort',
    'ExternalName',
    'LoadBalancer',
    'IPv4',
    'IPv6',
  ],
  ...[
    'TCP',
    'UDP',
    'Exists',
    'In',
    'NoExecute',
    'Recreate',
    'RollingUpdate',
    'ClientIP',
    '10.0.0.1',
    'fd00::1',
  ],
  ...[
    '25%',
    '0%',
    '2026-01-01T00:00:00Z',
    'a.b/c',
    'A b',
    '-',
    'x'.repeat(70),
    '__proto',
    'toString',
    '\uD800',
  ],
);
const numbers = fc.constantFrom(0, 1, 2, 80, 30_080, -1, 65_536, 600, 2_147_483_647);
const anything = fc.oneof(fc.constant(null), fc.boolean(), numbers, words, fc.constant([]), fc.constant({}));

/** Mostly of the right type. `depth` bounds what is inside. */
function valueFor(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 12, arbitrary: fitting(schema, depth) }, { weight: 1, arbitrary: anything });
}

function fitting(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  switch (schema.type) {
    case 'object': {
      const names = depth === 0 ? [] : Object.keys(schema.fields);
      return fc
        .subarray(names, { maxLength: Math.min(4, names.length) })
        .chain((fields) =>
          fc.record(
            Object.fromEntries(
              fields.map((name) => [name, valueFor(schema.fields[name] ?? { type: 'any' }, depth - 1)]),
            ),
          ),
        );
    }
    case 'list':
      return fc.array(depth === 0 ? anything : valueFor(schema.items, depth - 1), { maxLength: 3 });
    case 'map':
      return fc.dictionary(words, valueFor(schema.values, depth - 1), { maxKeys: 2 });
    case 'boolean':
      return fc.boolean();
    case 'int32':
    case 'int64':
      return numbers;
    case 'int-or-string':
    case 'quantity':
      return fc.oneof(numbers, words);
    case 'string':
    case 'time':
      return words;
    default:
      return anything;
  }
}

const bodies: Readonly<Record<string, Json>> = {
  Event: { involvedObject: { kind: 'Pod', name: 'web', namespace: 'default' } },
  Pod: { spec: podTemplate()['spec'] },
  Service: { spec: { selector: labels, ports: [{ name: 'a', port: 80 }] } },
  Endpoints: { subsets: [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ name: 'a', port: 80 }] }] },
  EndpointSlice: { addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'] }], ports: [{ port: 80 }] },
  Lease: { spec: { leaseDurationSeconds: 15, renewTime: '2026-01-01T00:00:00Z' } },
  ...Object.fromEntries(workloadKinds.map((kind) => [kind, { spec: workload(kind)['spec'] }])),
};

/** An object of the kind that has nothing wrong with it. */
function sound(kind: string): Json {
  const { apiVersion } = kindInfo(kind) ?? {};
  return { apiVersion, kind, metadata: { name: 'web' }, ...bodies[kind] };
}

/** A sound object with some fields set to anything. */
function objectsOf(kind: string): fc.Arbitrary<Json> {
  const { schema, apiVersion } = kindInfo(kind) ?? { schema: { type: 'any' } as const, apiVersion: '' };
  return fitting(schema, 6).map(
    (patch) => ({ ...(mergePatch(sound(kind), patch) as Json), apiVersion, kind }) satisfies Json,
  );
}

describe.each(knownKinds())('any %s', (kind) => {
  it('is admitted or refused, never a crash; what is admitted stays as it is', () => {
    fc.assert(
      fc.property(objectsOf(kind), (raw) => {
        const { object, errors } = admitObject(raw);
        for (const error of errors) expect(formatFieldError(error)).not.toBe('');
        if (object === undefined) expect(errors).not.toEqual([]);
        else expect(admitObject(object)).toMatchObject({ object, errors: [] });
      }),
      { numRuns: 150 },
    );
  });

  it('may take the place of any other, or not, never a crash', () => {
    const stored = admitted(sound(kind));
    fc.assert(
      fc.property(objectsOf(kind), objectsOf(kind), (raw, other) => {
        const { object } = admitUpdate(raw, stored);
        if (object !== undefined) expect(admitUpdate(object, stored)).toMatchObject({ object, errors: [] });
        const before = admitObject(other).object;
        if (before !== undefined) admitUpdate(raw, before);
        if (before !== undefined)
          expect(admitUpdate(before, before)).toMatchObject({ object: before, errors: [] });
        if (before !== undefined && object !== undefined) statusErrors(object, before);
      }),
      { numRuns: 100 },
    );
  });
});
