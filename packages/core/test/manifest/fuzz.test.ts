import { describe, expect, it } from 'vitest';
import { cpuMs } from '../../../../test/support/cpu-time.ts';
import { fc } from '../../../../test/support/fast-check.ts';
import { admitObject } from '../../src/api/admit.ts';
import { decodeObject } from '../../src/api/decode.ts';
import { validatePodUpdate } from '../../src/api/validate-pod-update.ts';
import { parseManifest } from '../../src/manifest/parse.ts';
import { seeds, soundSeeds } from './seeds.ts';

/** Words and bytes that have a meaning to YAML, to JSON or to a pod. */
const shrapnel = fc.oneof(
  fc.constantFrom(
    '\n',
    '- ',
    ': ',
    '{',
    '}',
    '[',
    ']',
    ',',
    '&a ',
    '*a',
    '<<: ',
    '? ',
    '|\n',
    '>\n',
    '"',
    "'",
    '#',
  ),
  fc.constantFrom(
    '\t',
    '\0',
    '\uFEFF',
    '---\n',
    '...\n',
    '%YAML 1.1\n',
    '!!set ',
    '!x ',
    '~',
    '.nan',
    '1e999',
    '0x7f',
  ),
  fc.constantFrom(
    '__proto__: ',
    'constructor: ',
    'kind: ',
    'spec: ',
    'containers: ',
    'livenessProbe: ',
    'name: ',
  ),
  fc.constantFrom(
    '-1',
    'true',
    'null',
    '99999999999',
    '""',
    '{}',
    '[]',
    '\u{1F600}',
    '\uD800',
    '0777',
    '"\\ud800"',
  ),
  fc.string({ maxLength: 5, unit: 'binary' }),
);

type Cut = readonly [position: number, length: number, insert: string];

const cuts: fc.Arbitrary<readonly Cut[]> = fc.array(
  fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(12), shrapnel),
  { minLength: 1, maxLength: 6 },
);

function damage(text: string, wounds: readonly Cut[]): string {
  return wounds.reduce((current, [position, length, insert]) => {
    const at = Math.floor(position * current.length);
    return current.slice(0, at) + insert + current.slice(at + length);
  }, text);
}

function checkSane(text: string): void {
  const startedAt = cpuMs();
  const { objects, errors, warnings } = parseManifest(text, { handlers: new Map() });
  expect(cpuMs() - startedAt).toBeLessThan(2_000);
  for (const problem of [...errors, ...warnings]) {
    expect(problem.line).toBeGreaterThanOrEqual(1);
    expect(problem.line).toBeLessThanOrEqual(text.split('\n').length);
    expect(problem.message).not.toBe('');
  }
  // What was admitted is admitted again unchanged: defaults are stable and nothing invalid slipped through.
  for (const { object } of objects) {
    const again = admitObject(object);
    expect(again.errors).toEqual([]);
    expect(again.object).toEqual(object);
  }
  expect(Object.keys(Object.prototype)).toEqual([]);
}

describe('any manifest', () => {
  it('is made from one that is fine', () => {
    for (const seed of soundSeeds) expect(parseManifest(seed, { handlers: new Map() }).errors).toEqual([]);
  });

  it('made from an example by damage is read or refused, never a crash', () => {
    fc.assert(
      fc.property(fc.constantFrom(...seeds), cuts, (text, wounds) => checkSane(damage(text, wounds))),
      { numRuns: 1_000 },
    );
  });

  it('made of fragments at random is too', () => {
    fc.assert(
      fc.property(fc.array(shrapnel, { maxLength: 60 }), (parts) => checkSane(parts.join(''))),
      { numRuns: 500 },
    );
  });

  it('made of a random tree is too', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => checkSane(text)),
      { numRuns: 300 },
    );
  });
});

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A pod with values of any type wherever a field may be: what a decoder has to survive. */
const wrongPods = fc.letrec<{ value: Json; pod: Json }>((tie) => {
  const leaf = fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.double(),
    fc.integer({ min: -2, max: 70_000 }),
    fc.constantFrom('', 'a', 'Always', '80', '1Mi', 'a b', '../x', 'status.podIP', "metadata.labels['a']"),
  );
  const keys = fc.constantFrom(
    ...[
      'name',
      'image',
      'ports',
      'containerPort',
      'env',
      'valueFrom',
      'fieldRef',
      'fieldPath',
      'livenessProbe',
    ],
    ...[
      'httpGet',
      'port',
      'custom',
      'volumes',
      'emptyDir',
      'volumeMounts',
      'resources',
      'limits',
      'cpu',
      'lifecycle',
    ],
    ...[
      'preStop',
      'sleep',
      'seconds',
      'restartPolicyRules',
      'exitCodes',
      'values',
      'items',
      'securityContext',
    ],
    ...[
      'tolerations',
      'dnsConfig',
      'nameservers',
      'labels',
      'ownerReferences',
      'toString',
      'metadata',
      'status',
    ],
  );
  return {
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(keys, tie('value'), { maxKeys: 5 }),
    ),
    pod: fc.record({
      apiVersion: fc.constant('v1'),
      kind: fc.constantFrom('Pod', 'ConfigMap', 'Secret', 'Node', 'Event'),
      metadata: tie('value'),
      spec: fc.oneof(
        tie('value'),
        fc.record({
          containers: fc.array(fc.dictionary(keys, tie('value'), { maxKeys: 6 }), { maxLength: 2 }),
          volumes: fc.array(fc.dictionary(keys, tie('value'), { maxKeys: 3 }), { maxLength: 2 }),
        }),
      ),
      status: tie('value'),
    }),
  };
});

describe('any object', () => {
  it('with wrong types everywhere is admitted or refused with paths, never a crash', () => {
    fc.assert(
      fc.property(wrongPods.pod, wrongPods.pod, (raw, old) => {
        const { errors } = admitObject(raw, { handlers: new Map() });
        for (const error of errors) expect(typeof error.field).toBe('string');
        const [newPod, oldPod] = [decodeObject(raw).object, decodeObject(old).object];
        if (newPod?.kind === 'Pod' && oldPod?.kind === 'Pod') validatePodUpdate(newPod, oldPod);
      }),
      { numRuns: 1_500 },
    );
  });
});
