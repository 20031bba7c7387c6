import { describe, expect, it } from 'vitest';
import { admitObject, admitUpdate } from '../../src/api/admit.ts';
import { formatFieldError } from '../../src/api/field-error.ts';
import type { ApiObject } from '../../src/api/meta.ts';
import type { ConfigMap, Secret } from '../../src/api/objects.ts';
import type { Json } from './pod-examples.ts';

function admit(kind: string, fields: Json) {
  const { object, errors } = admitObject({ apiVersion: 'v1', kind, metadata: { name: 'c' }, ...fields });
  return { object, lines: errors.map(formatFieldError) };
}

function updateLines(object: ApiObject, stored: ApiObject) {
  return admitUpdate(object, stored).errors.map(formatFieldError);
}

describe('a ConfigMap', () => {
  it('keeps text and bytes', () => {
    const { object, lines } = admit('ConfigMap', { data: { a: 'x', b: null }, binaryData: { c: 'aGk=' } });
    expect(lines).toEqual([]);
    expect(object).toMatchObject({
      metadata: { name: 'c', namespace: 'default' },
      data: { a: 'x', b: '' },
      binaryData: { c: 'aGk=' },
    });
  });

  it('may not have the same key twice, a key that is no file name, or bytes that are not base64', () => {
    const { lines } = admit('ConfigMap', { data: { a: '', '..b': '' }, binaryData: { a: 'aGk', 'c/d': '' } });
    expect(lines).toEqual([
      `data[..b]: Invalid value: "..b": must not start with '..'`,
      'binaryData[a]: Invalid value: "a": duplicate of key present in data',
      expect.stringMatching(/^binaryData\[c\/d\]: Invalid value: "c\/d": a valid config key must consist of/),
      'binaryData[a]: Invalid value: "(hidden)": must be base64',
    ]);
  });

  it('holds a mebibyte, not a byte more', () => {
    expect(admit('ConfigMap', { data: { a: 'x'.repeat(1_048_576) } }).lines).toEqual([]);
    expect(admit('ConfigMap', { data: { a: 'x'.repeat(1_048_576), b: 'y' } }).lines).toEqual([
      'data: Too long: may not be more than 1048576 bytes',
    ]);
  });

  it('that is immutable stays as it is', () => {
    const old: ConfigMap = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'c', namespace: 'd' },
      data: { a: 'x' },
      immutable: true,
    };
    expect(updateLines(old, old)).toEqual([]);
    const changed = { ...old, data: { a: 'y' }, immutable: false };
    expect(updateLines(changed, old)).toEqual([
      'immutable: Forbidden: field is immutable when `immutable` is set',
      'data: Forbidden: field is immutable when `immutable` is set',
    ]);
  });
});

describe('a Secret', () => {
  it('has its plain text encoded, which wins over what was there', () => {
    const { object } = admit('Secret', { data: { a: 'eA==', b: 'eQ==' }, stringData: { b: 'grüße' } });
    expect(object).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'c', namespace: 'default' },
      type: 'Opaque',
      data: { a: 'eA==', b: Buffer.from('grüße').toString('base64') },
    });
  });

  it('that is not base64 is told about stringData and not printed', () => {
    expect(admit('Secret', { data: { password: 'hunter2' } }).lines).toEqual([
      'data[password]: Invalid value: "(hidden)": must be base64; plain text belongs into stringData',
    ]);
  });

  it('of a type has the keys of that type, and keeps the type', () => {
    expect(admit('Secret', { type: 'kubernetes.io/tls', data: { 'tls.crt': '' } }).lines).toEqual([
      'data[tls.key]: Required value',
    ]);
    const old: Secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's', namespace: 'd' },
      type: 'Opaque',
    };
    expect(updateLines({ ...old, type: 'x' } as Secret, old)).toEqual([
      'type: Invalid value: "x": field is immutable',
    ]);
  });
});

describe('other kinds', () => {
  it('may hold what only others know', () => {
    const involvedObject = { kind: 'Pod', name: 'web', namespace: 'default' };
    const meta = { apiVersion: 'v1', kind: 'Event', metadata: { name: 'Web' } };
    const event = { ...meta, involvedObject, series: { count: 3 } };
    expect(admitObject(event).errors.map((error) => error.field)).toEqual(['metadata.name']);
    const named = { ...event, metadata: { name: 'web' } };
    const expected = { ...named, metadata: { name: 'web', namespace: 'default' } };
    expect(admitObject(named).object).toMatchObject(expected);
  });

  it('without a namespace may have none', () => {
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n', namespace: 'x' } };
    expect(admitObject(node).errors.map(formatFieldError)).toEqual([
      'metadata.namespace: Forbidden: not allowed on this type',
    ]);
  });
});
