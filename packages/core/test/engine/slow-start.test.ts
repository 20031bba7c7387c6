import { describe, expect, it } from 'vitest';
import { errorsOf, slowStart } from '../../src/engine/slow-start.ts';

/** Calls that succeed so often; what was running at a time is written down at the end of each batch. */
function calls(succeed: number) {
  let made = 0;
  let running = 0;
  const batches: number[] = [];
  const call = async () => {
    made += 1;
    running += 1;
    const isGood = made <= succeed;
    await Promise.resolve();
    if (running > 0) batches.push(running);
    running = 0;
    if (!isGood) throw new Error(`call ${made} refused`);
  };
  return { call, batches };
}

describe('slow start', () => {
  const cases = [
    { name: 'nothing to do', count: 0, succeed: 0, batches: [], successes: 0, errors: 0 },
    { name: 'one call', count: 1, succeed: 1, batches: [1], successes: 1, errors: 0 },
    {
      name: 'twice as many each time',
      count: 10,
      succeed: 10,
      batches: [1, 2, 4, 3],
      successes: 10,
      errors: 0,
    },
    { name: 'one refusal ends it', count: 10, succeed: 0, batches: [1], successes: 0, errors: 1 },
    {
      name: 'a batch that has begun is finished',
      count: 10,
      succeed: 3,
      batches: [1, 2, 4],
      successes: 3,
      errors: 4,
    },
    {
      name: '500 calls',
      count: 500,
      succeed: 500,
      batches: [1, 2, 4, 8, 16, 32, 64, 128, 245],
      successes: 500,
      errors: 0,
    },
  ];
  it.each(cases)('$name', async ({ count, succeed, batches, successes, errors }) => {
    const made = calls(succeed);
    const outcome = await slowStart(count, 1, made.call);
    expect(made.batches).toEqual(batches);
    expect(outcome).toMatchObject({ calls: batches.reduce((sum, batch) => sum + batch, 0), successes });
    expect(outcome.errors).toHaveLength(errors);
  });

  it('takes a call that throws at once for one that failed', async () => {
    const outcome = await slowStart(3, 1, () => {
      throw new Error('no');
    });
    expect(outcome).toEqual({ calls: 1, successes: 0, errors: [new Error('no')] });
  });
});

it('errors come in the order of the calls, once all have ended', async () => {
  const slow = new Promise((_, reject) => queueMicrotask(() => reject(new Error('first'))));
  expect(await errorsOf([slow, Promise.resolve(), Promise.reject(new Error('second'))])).toEqual([
    new Error('first'),
    new Error('second'),
  ]);
});
