import { describe, expect, it } from 'vitest';
import { admitObject } from '../../src/api/admit.ts';
import { decodeObject } from '../../src/api/decode.ts';
import { formatFieldError } from '../../src/api/field-error.ts';
import { complaints, podManifest, warnings } from './pod-examples.ts';

describe('what is no object', () => {
  it.each([
    [null, 'Invalid value: null: must be an object'],
    ['text', 'Invalid value: "text": must be an object'],
    [[], 'Invalid value: []: must be an object'],
    [{}, 'apiVersion: Required value'],
    [{ apiVersion: 1, kind: {} }, 'apiVersion: Invalid value: 1: must be a string'],
    [
      { apiVersion: 'v1', kind: 'pod' },
      expect.stringMatching(
        /^kind: Unsupported value: "pod": supported values: "Pod", .* \(did you mean "Pod"\?\)$/,
      ),
    ],
    [
      { apiVersion: 'v1', kind: 'Deployment' },
      'apiVersion: Invalid value: "v1": a Deployment has the apiVersion "apps/v1"',
    ],
  ])('%j is answered', (raw, want) => {
    expect(decodeObject(raw).errors.map(formatFieldError)[0]).toEqual(want);
  });
});

describe('wrong types', () => {
  it('are all reported, and not once more as missing', () => {
    const manifest = podManifest(
      { hostNetwork: 'yes', volumes: {}, activeDeadlineSeconds: 1.5 },
      { name: 5, args: [1, 'a'], ports: [{ containerPort: '80' }, 7], livenessProbe: { httpGet: [] } },
    );
    expect(complaints(manifest)).toEqual([
      'spec.containers[0].name: Invalid value: 5: must be a string; write it in quotes',
      'spec.containers[0].args[0]: Invalid value: 1: must be a string; write it in quotes',
      'spec.containers[0].ports[0].containerPort: Invalid value: "80": must be a 32-bit integer',
      'spec.containers[0].ports[1]: Invalid value: 7: must be an object',
      'spec.containers[0].livenessProbe.httpGet: Invalid value: []: must be an object',
      'spec.hostNetwork: Invalid value: "yes": must be true or false',
      'spec.volumes: Invalid value: {}: must be a list',
      'spec.activeDeadlineSeconds: Invalid value: 1.5: must be an integer',
    ]);
  });

  it('beside other mistakes leave those visible', () => {
    expect(complaints(podManifest({ restartPolicy: 'x' }, { image: 1, imagePullPolicy: 'y' }))).toEqual([
      'spec.containers[0].image: Invalid value: 1: must be a string; write it in quotes',
      'spec.containers[0].imagePullPolicy: Unsupported value: "y": supported values: "Always", "IfNotPresent", "Never"',
      'spec.restartPolicy: Unsupported value: "x": supported values: "Always", "OnFailure", "Never"',
    ]);
  });

  it('of a secret do not show its value', () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { password: 4711 } };
    const lines = admitObject(secret).errors.map(formatFieldError);
    expect(lines).toEqual([
      'data[password]: Invalid value: "(hidden)": must be a string; write it in quotes',
    ]);
  });
});

describe('unknown fields', () => {
  it('are left out with a warning and a suggestion', () => {
    const manifest = podManifest({ restartpolicy: 'Never' }, { imagee: 'x', zzz: 1 });
    expect(warnings(manifest)).toEqual([
      'spec.containers[0].imagee: unknown field (did you mean "image"?)',
      'spec.containers[0].zzz: unknown field',
      'spec.restartpolicy: unknown field (did you mean "restartPolicy"?)',
    ]);
  });

  it('that are null count as absent, known ones too', () => {
    const manifest = podManifest(
      { volumes: null },
      { livenessProbe: null, env: [{ name: 'A', value: null }] },
    );
    expect(complaints({ ...manifest, metadata: { name: 'a', creationTimestamp: null } })).toEqual([]);
  });
});

describe('hostile values', () => {
  it.each(['__proto__', 'constructor', 'prototype'])(
    'with the key %s are refused wherever it stands',
    (key) => {
      const raw: unknown = JSON.parse(
        JSON.stringify(podManifest({}, { env: [{ name: 'A', x: { KEY: { polluted: true } } }] })).replace(
          'KEY',
          key,
        ),
      );
      expect(complaints(raw)).toEqual([
        `spec.containers[0].env[0].x.${key}: Forbidden: the key "${key}" is not allowed anywhere in an object`,
      ]);
      expect('polluted' in {}).toBe(false);
    },
  );

  it('that contain themselves are too deep', () => {
    const cyclic: Record<string, unknown> = { apiVersion: 'v1', kind: 'Pod' };
    cyclic['spec'] = cyclic;
    expect(decodeObject(cyclic).errors.map((error) => error.message)).toEqual([
      'Forbidden: must not be nested deeper than 64 levels',
    ]);
  });

  it.each([
    ['a million items', { containers: Array(1_000_000).fill({}) }, 'must not hold more than 100000 values'],
    ['a function', { f() {} }, 'is nothing that JSON can hold'],
    ['a date', { d: new Date(0) }, 'is nothing that JSON can hold'],
    ['no number', { n: Number.NaN }, 'is nothing that JSON can hold'],
    ['a key of a megabyte', { ['k'.repeat(1_000_000)]: 1 }, 'a key must be no more than 1024 characters'],
  ])('of %s are refused', (_, spec, words) => {
    const { errors } = decodeObject({ apiVersion: 'v1', kind: 'Pod', spec });
    expect(errors).toHaveLength(1);
    expect(errors[0]?.message).toContain(words);
    expect(errors[0]?.field.length).toBeLessThan(100);
  });

  it('with thousands of mistakes get the first hundred', () => {
    const env = Array.from({ length: 5_000 }, () => ({ name: '=' }));
    const lines = complaints(podManifest({}, { env }));
    expect(lines).toHaveLength(101);
    expect(lines.at(-1)).toBe('Too many: more than 100 mistakes: only the first 100 are listed');
  });

  it('of ten million characters are not printed in full', () => {
    const lines = complaints(podManifest({ restartPolicy: 'x'.repeat(10_000_000) }));
    expect(lines[0]?.length).toBeLessThan(1_000);
  });
});
