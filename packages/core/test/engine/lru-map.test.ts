import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { fc } from '../../../../test/support/fast-check.ts';
import { LruMap } from '../../src/engine/lru-map.ts';

it('holds what was used last, like a list that is searched through does', () => {
  const step = fc.record({ key: fc.nat(6), act: fc.constantFrom('read', 'write', 'delete') });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 5 }), (steps, sizeMax) => {
      const map = new LruMap<number, number>(sizeMax);
      let model: [number, number][] = [];
      steps.forEach(({ key, act }, i) => {
        const found = model.find(([known]) => known === key);
        if (act === 'delete') {
          map.delete(key);
          model = model.filter(([known]) => known !== key);
          expect(map.size).toBe(model.length);
          return;
        }
        const isRead = act === 'read';
        if (isRead) {
          expect(map.get(key)).toBe(found?.[1]);
          if (found === undefined) return;
        } else {
          map.set(key, i);
        }
        model = [...model.filter(([known]) => known !== key), [key, isRead ? (found?.[1] ?? 0) : i]];
        model = model.slice(-sizeMax);
        expect(map.size).toBe(model.length);
      });
    }),
  );
});

it('forgets the right one after however many uses since the last', () => {
  const map = new LruMap<number, number>(8);
  for (const uses of [0, 1, 63, 64, 65, 1000]) {
    for (let key = 0; key < 9; key += 1) map.set(key, key);
    // 0 has gone; of the others 1 to 4 are used again and again, so that 5 is next.
    for (let i = 0; i < uses * 4; i += 1) expect(map.get(1 + (i % 4))).toBe(1 + (i % 4));
    for (let key = 1; key < 5; key += 1) expect(map.get(key)).toBe(key);
    map.set(9, 9);
    expect(map.get(5)).toBeUndefined();
    expect([1, 2, 3, 4, 6, 7, 8, 9].every((key) => map.get(key) === key)).toBe(true);
    map.set(10, 10);
    expect(map.get(1)).toBeUndefined();
  }
});

it('does not grow by being used', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');
  const maps = [4, 100].map((sizeMax) => new LruMap<number, number>(sizeMax));
  // Each has evicted once; from then on its few entries are used again and again.
  for (const map of maps) for (let key = 0; key < 101; key += 1) map.set(key, key);
  const use = (times: number) => {
    for (let i = 0; i < times; i += 1) for (const map of maps) map.get(98 + (i % 3));
  };
  use(1000);
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  use(300_000);
  collectGarbage();
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(4 * 1024 * 1024);
});
