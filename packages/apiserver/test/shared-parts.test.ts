import { decodeObject, type Pod } from '@mooring/core';
import { describe, expect, it } from 'vitest';
import type { Fields } from '../src/json/fields.ts';
import type { Incoming } from '../src/write/incoming-object.ts';
import { SharedParts } from '../src/write/shared-parts.ts';

const pod = (image: string, metadata: object = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', ...metadata },
  spec: { containers: [{ name: 'web', image }] },
});
const owners = (time: string) => [
  { manager: 'kubectl', operation: 'Update', time, fieldsV1: { 'f:spec': {} } },
];

describe('parts of new objects', () => {
  it('are those of an earlier pod where its spec says the same', () => {
    const parts = new SharedParts();
    const decoded: unknown[] = [];
    const create = (sent: object) =>
      parts.decoded(structuredClone(sent) as Fields, (fields) => {
        decoded.push(fields['spec']);
        const { object, warnings } = decodeObject(fields);
        if (object === undefined) throw new Error('not decoded');
        return { object, warnings };
      });
    const [first, other, second] = ['a', 'b', 'a'].map((image) => create(pod(image)).object as Pod);
    expect(second).toEqual(pod('a'));
    expect(second?.spec).toBe(first?.spec);
    expect(other).toEqual(pod('b'));
    expect(decoded).toEqual([pod('a').spec, pod('b').spec, undefined]);
  });

  it('are not those of a pod with fields that there are not: each time that is said', () => {
    const parts = new SharedParts();
    const decode = (fields: Fields) => decodeObject(fields) as Incoming;
    for (let i = 0; i < 2; i += 1) {
      const sent = { ...pod('a'), spec: { ...pod('a').spec, imagePolicy: 'x' } } as unknown as Fields;
      expect(parts.decoded(sent, decode).warnings).toHaveLength(1);
    }
    const hostile = { toString: 1, containers: 7 };
    for (const spec of [hostile, { containers: [{ name: hostile, image: [hostile] }] }, 'x', null])
      for (let i = 0; i < 2; i += 1)
        expect(parts.decoded({ ...pod('a'), spec } as unknown as Fields, decode).object).toBeDefined();
  });

  it('are the labels and the owners of the last one where those say the same', () => {
    const parts = new SharedParts();
    const made = (labels: object | undefined, time: string) => {
      const metadata = { ...(labels && { labels }), managedFields: owners(time) };
      const given = pod('a', metadata);
      const found = parts.withMetadata(given);
      expect(found).toEqual(given);
      return found.metadata as { readonly labels?: object; readonly managedFields?: object };
    };
    const first = made({ app: 'web' }, '1');
    const second = made({ app: 'web' }, '1');
    expect(second.labels).toBe(first.labels);
    expect(second.managedFields).toBe(first.managedFields);
    const later = made({ app: 'web' }, '2');
    expect(later.labels).toBe(first.labels);
    expect(later.managedFields).not.toBe(first.managedFields);
    expect(made(undefined, '2').managedFields).toBe(later.managedFields);
    expect(made({ app: 'db' }, '2').labels).toEqual({ app: 'db' });
  });
});
