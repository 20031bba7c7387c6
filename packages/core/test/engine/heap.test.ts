import { expect, it } from 'vitest';
import { fc } from '../../../../test/support/fast-check.ts';
import { Heap } from '../../src/engine/heap.ts';

const numbers = () => new Heap<number>((a, b) => a < b);

it('gives the first item of an order, and nothing when it is empty', () => {
  const heap = numbers();
  expect([heap.first, heap.pop(), heap.size]).toEqual([undefined, undefined, 0]);
  for (const number of [3, 1, 2]) heap.push(number);
  expect([heap.first, heap.size, heap.pop(), heap.first]).toEqual([1, 3, 1, 2]);
});

it('gives all items in order, whatever is put in and taken out between', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer(), { nil: undefined })), (steps) => {
      const heap = numbers();
      const model: number[] = [];
      for (const step of steps) {
        if (step === undefined) {
          expect(heap.pop()).toBe(model.shift());
          continue;
        }
        heap.push(step);
        model.push(step);
        model.sort((a, b) => a - b);
        expect(heap.first).toBe(model[0]);
      }
      while (model.length > 0) expect(heap.pop()).toBe(model.shift());
      expect(heap.size).toBe(0);
    }),
  );
});
