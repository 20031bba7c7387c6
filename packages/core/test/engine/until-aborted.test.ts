import { expect, it } from 'vitest';
import { untilAborted } from '../../src/engine/until-aborted.ts';

/** Gives these, and then nothing for ever. */
function deaf(items: readonly number[], onReturn: () => unknown = () => {}): AsyncIterable<number> {
  const left = [...items];
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        const value = left.shift();
        return value === undefined ? new Promise(() => {}) : Promise.resolve({ done: false, value });
      },
      return: () => onReturn() as never,
    }),
  };
}

it.each<[string, () => unknown]>([
  ['never', () => new Promise(() => {})],
  ['with a failure', () => Promise.reject(new Error('oops'))],
])('ends a stream that heeds no signal, and that answers %s', async (_, onReturn) => {
  const controller = new AbortController();
  const seen: number[] = [];
  let isTold = false;
  const stream = deaf([1, 2], () => {
    isTold = true;
    return onReturn();
  });
  const reading = (async () => {
    for await (const item of untilAborted(stream, controller.signal)) seen.push(item);
  })();
  await new Promise((resolve) => setImmediate(resolve));
  controller.abort();
  await reading;
  expect([seen, isTold]).toEqual([[1, 2], true]);
});

it('ends and fails as the stream does', async () => {
  const { signal } = new AbortController();
  const failing = async function* () {
    yield 1;
    throw new Error('broke off');
  };
  const seen: number[] = [];
  const reading = (async () => {
    for await (const item of untilAborted(failing(), signal)) seen.push(item);
  })();
  await expect(reading).rejects.toThrow('broke off');
  expect(seen).toEqual([1]);
});
