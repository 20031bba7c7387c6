import { expect, it } from 'vitest';
import { fc } from '../../../../test/support/fast-check.ts';
import { LruMap } from '../../src/engine/lru-map.ts';

it('holds what was used last, like a list that is searched through does', () => {
  const step = fc.record({ key: fc.nat(6), isRead: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 5 }), (steps, sizeMax) => {
      const map = new LruMap<number, number>(sizeMax);
      let model: [number, number][] = [];
      steps.forEach(({ key, isRead }, i) => {
        const found = model.find(([known]) => known === key);
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
