import { describe, expect, it } from 'vitest';
import { decodeProtobuf } from '../src/protobuf/decode-object.ts';
import { field, message } from '../src/protobuf/protobuf-writer.ts';

const head = field(1, message(field(1, 'v1'), field(2, 'ConfigMap')));

function configMap(...fields: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from('k8s\0'), head, field(2, message(...fields))]);
}

describe('an object in binary form', () => {
  it('has its lists and maps in the order in which they are sent', () => {
    const finalizers = ['a/x', 'a/y'].map((one) => field(14, one));
    const data = ['b', 'a'].map((key) => field(2, message(field(1, key), field(2, `${key}1`))));
    expect(decodeProtobuf(configMap(field(1, message(field(1, 'web'), ...finalizers)), ...data))).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'web', finalizers: ['a/x', 'a/y'] },
      data: { b: 'b1', a: 'a1' },
    });
  });

  it('keeps a key that reaches for the prototype, so that it is refused as in every form', () => {
    const data = field(2, message(field(1, '__proto__'), field(2, 'x')));
    const read = decodeProtobuf(configMap(data)) as { readonly data: object };
    expect(Object.keys(read.data)).toEqual(['__proto__']);
  });

  // A copy of all that was read for each item takes longer than this test may.
  it('is read at once, however many items a list has', () => {
    const finalizers = Buffer.alloc(1_000_000, field(14, ''));
    const read = decodeProtobuf(configMap(field(1, finalizers))) as {
      readonly metadata: { readonly finalizers: readonly string[] };
    };
    expect(read.metadata.finalizers).toHaveLength(500_000);
  });
});
