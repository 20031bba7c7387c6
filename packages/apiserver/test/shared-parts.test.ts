import type { ApiObject, Pod } from '@mooring/core';
import { describe, expect, it } from 'vitest';
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
    const [first, other, second] = ['a', 'b', 'a'].map((image) => parts.withSpec(pod(image)) as Pod);
    expect(second).toEqual(pod('a'));
    expect(second?.spec).toBe(first?.spec);
    expect(other).toEqual(pod('b'));
    const set: ApiObject = { ...pod('a'), kind: 'ReplicaSet' };
    expect(parts.withSpec(set)).toBe(set);
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
