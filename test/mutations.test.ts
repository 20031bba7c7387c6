/** Whether the laws of the simulation notice what somebody might do wrong. `MUTATION='knows no back-off'` plays one of them. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MutatedProduct, mutatedProduct, sourceOf } from './mutations/mutated-product.ts';
import { plant } from './mutations/mutation.ts';
import { mutations } from './mutations/mutations.ts';

const { MUTATION } = process.env;
const chosen = mutations.filter(({ name }) => MUTATION === undefined || name === MUTATION);
/** The standard seeds. */
const standard = Array.from({ length: 200 }, (_, i) => i + 1);

test.each(mutations)('"$name" can still be planted', (mutation) => {
  expect(plant(sourceOf(mutation.file), [mutation])).toContain(`(${mutation.becomes})`);
});

test('a mutation that does not fit any more is named', () => {
  const mutation = { name: 'lost', law: 'none', file: 'a.ts', text: 'a = «b»;', becomes: 'c', seeds: [] };
  expect(() => plant('a = d;', [mutation])).toThrow('mutation "lost": its text is there 0 times, not once');
  expect(plant('a = b;', [mutation])).toBe('a = globalThis.mooringMutation("lost", () => (c), () => (b));');
});

describe('a scene, or one of the standard seeds, notices that it', () => {
  let product: MutatedProduct;
  beforeAll(async () => {
    product = await mutatedProduct(mutations);
  });
  afterAll(async () => {
    await product[Symbol.asyncDispose]();
  });

  test.each(chosen)('$name ($law)', async (mutation) => {
    const { drawPlan, simulate } = product.simulator;
    const { scene, seeds } = mutation;
    const plans = scene === undefined ? [...new Set([...seeds, ...standard])].map(drawPlan) : [scene];
    // It is the mistake that is noticed, and not the plan.
    if (scene !== undefined) expect((await simulate(scene)).violations).toEqual([]);
    product.use(mutation);
    const found = new Set<string>();
    for (const plan of plans) {
      const { violations } = await simulate(plan);
      for (const { law } of violations) found.add(law);
      if (found.size > 0) {
        if (MUTATION !== undefined) console.log(`found by ${plan.seed}: ${[...found].join(' ')}`);
        break;
      }
    }
    product.use(undefined);
    expect([...found]).toContain(mutation.law);
  });
});
