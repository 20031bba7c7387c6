/** Whether the laws of the simulation notice what somebody might do wrong. `MUTATION='knows no back-off'` plays one of them. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MutatedProduct, mutatedProduct, sourceOf } from './mutations/mutated-product.ts';
import { plant } from './mutations/mutation.ts';
import { candidates, mutations } from './mutations/mutations.ts';

const { MUTATION } = process.env;
const chosen =
  MUTATION === undefined ? mutations : [...mutations, ...candidates].filter(({ name }) => name === MUTATION);
/** The standard seeds. */
const standard = Array.from({ length: 200 }, (_, i) => i + 1);

test.each([...mutations, ...candidates])('"$name" can still be planted', (mutation) => {
  expect(plant(sourceOf(mutation.file), [mutation])).toContain(`(${mutation.becomes})`);
});

test('a mutation that does not fit any more is named', () => {
  const mutation = { name: 'lost', law: 'none', file: 'a.ts', text: 'a = «b»;', becomes: 'c', seeds: [] };
  expect(() => plant('a = d;', [mutation])).toThrow('mutation "lost": its text is there 0 times, not once');
  expect(plant('a = b;', [mutation])).toBe('a = globalThis.mooringMutation("lost", () => (c), () => (b));');
});

describe('among the standard seeds there is one that notices that it', () => {
  let product: MutatedProduct;
  beforeAll(async () => {
    product = await mutatedProduct([...mutations, ...candidates]);
  });
  afterAll(async () => {
    await product[Symbol.asyncDispose]();
  });

  test.each(chosen)('$name ($law)', async (mutation) => {
    const { drawPlan, simulate } = product.simulator;
    product.use(mutation);
    const found = new Set<string>();
    for (const seed of new Set([...mutation.seeds, ...standard])) {
      const { violations } = await simulate(drawPlan(seed));
      for (const { law } of violations) found.add(law);
      if (found.size > 0) {
        if (MUTATION !== undefined) console.log(`found by seed ${seed}: ${[...found].join(' ')}`);
        break;
      }
    }
    product.use(undefined);
    expect([...found]).not.toEqual([]);
  });
});
