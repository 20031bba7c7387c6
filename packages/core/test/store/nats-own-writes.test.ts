import { describe, expect, it } from 'vitest';
import { decodeWrite, encodeWrite } from '../../src/store/nats-envelope.ts';
import { OwnWrites } from '../../src/store/nats-own-writes.ts';

const key = 'pods/default/web';

function write(writeId: string, n: number) {
  const value = { n };
  return {
    write: { v: 1, writeId, prev: 7, value } as const,
    bytes: encodeWrite({ writeId, prev: 7 }, JSON.stringify(value)),
  };
}

describe('own writes', () => {
  it('are encoded as everybody decodes them', () => {
    const { write: sent, bytes } = write('a "quoted" id', 1);
    expect(decodeWrite(bytes)).toEqual(sent);
  });

  it('are known by their bytes, once, before and after they are acknowledged', () => {
    for (const revision of [undefined, 9]) {
      const own = new OwnWrites();
      const { write: sent, bytes } = write('a', 1);
      own.sending(key, sent, bytes);
      if (revision !== undefined) own.settle(key, 'a', revision);
      expect(own.recognise(key, Buffer.concat([bytes]))).toBe(sent);
      expect(own.recognise(key, bytes)).toBeUndefined();
    }
  });

  it.each<[string, (own: OwnWrites) => void]>([
    ['of another key', () => {}],
    ['that were refused', (own) => own.settle(key, 'a', undefined)],
    [
      'that are acknowledged and overtaken',
      (own) => {
        own.settle(key, 'a', 9);
        own.seen(key, 10);
      },
    ],
  ])('are not known %s', (name, happen) => {
    const own = new OwnWrites();
    const { write: sent, bytes } = write('a', 1);
    own.sending(key, sent, bytes);
    happen(own);
    expect(own.recognise(name === 'of another key' ? 'pods/default/other' : key, bytes)).toBeUndefined();
  });

  it('are not taken for what somebody else wrote over them, nor forgotten by the end of an earlier one', () => {
    const own = new OwnWrites();
    const first = write('a', 1);
    const second = write('b', 2);
    own.sending(key, first.write, first.bytes);
    own.sending(key, second.write, second.bytes);
    own.settle(key, 'a', undefined);
    own.seen(key, 8);
    expect(own.recognise(key, write('c', 2).bytes)).toBeUndefined();
    expect(own.recognise(key, second.bytes)).toBe(second.write);
  });

  it('are read by their writer until the mirror has them', () => {
    const own = new OwnWrites();
    own.acknowledge(key, { revision: 9, value: { n: 1 } });
    own.seen(key, 8);
    expect(own.newest(key)).toEqual({ revision: 9, value: { n: 1 } });
    own.seen(key, 9);
    expect(own.newest(key)).toBeUndefined();
  });
});
