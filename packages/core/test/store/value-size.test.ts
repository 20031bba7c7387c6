import { describe, expect, it } from 'vitest';
import { fc } from '../../../../test/support/fast-check.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { checkValueSize } from '../../src/store/value-size.ts';

describe('the size of a value', () => {
  it('is that of its JSON, to the byte', () => {
    const value = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' }));
    fc.assert(
      fc.property(value, (object) => {
        const size = Buffer.byteLength(JSON.stringify(object));
        checkValueSize('a', object, size);
        expect(() => checkValueSize('a', object, size - 1)).toThrow(`a has ${size} bytes`);
      }),
    );
  });

  it('is limited in memory, too, and what is there stays', async () => {
    const store = createMemoryStore();
    const revision = await store.create('a/1', { text: 'x'.repeat(1.4 * 1024 * 1024) });
    const large = { text: 'x'.repeat(1.5 * 1024 * 1024) };
    await expect(store.update('a/1', large, revision)).rejects.toMatchObject({ code: 'VALUE_TOO_LARGE' });
    await expect(store.create('a/2', large)).rejects.toMatchObject({ code: 'VALUE_TOO_LARGE' });
    expect(await store.list('')).toMatchObject({ entries: [{ key: 'a/1' }], revision });
  });
});
