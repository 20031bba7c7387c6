import { describe, expect, it } from 'vitest';
import { fc } from '../../../../test/support/fast-check.ts';
import { ListMemory } from '../../src/store/list-memory.ts';

interface Item {
  readonly key: number;
}

const isBefore = (a: Item, b: Item) => a.key < b.key;

describe('what was made of the items of a list', () => {
  it('is known again, whatever came, went and changed between', () => {
    const keys = fc.uniqueArray(fc.nat({ max: 600 }), { minLength: 256, maxLength: 400 });
    fc.assert(
      fc.property(keys, keys, fc.integer({ min: 2, max: 9 }), (before, after, every) => {
        const all = new Map(before.map((key) => [key, { key }]));
        const first = [...all.values()].sort((a, b) => a.key - b.key);
        const memory = new ListMemory<Item, object>(isBefore);
        const made = new Map(memory.map(first, (item) => ({ item })).map((one, i) => [first[i], one]));
        const second = after
          .map((key) => (key % every === 0 ? { key } : (all.get(key) ?? { key })))
          .sort((a, b) => a.key - b.key);
        memory.map(second, (item, known) => {
          expect(known).toBe(made.get(item));
          return { item };
        });
      }),
      { numRuns: 30 },
    );
  });

  it('is nothing for a short list', () => {
    const memory = new ListMemory<Item, number>(isBefore);
    const item = { key: 1 };
    expect(memory.map([item], () => 1)).toEqual([1]);
    expect(memory.map([item], (_, known) => known ?? 2)).toEqual([2]);
  });
});
