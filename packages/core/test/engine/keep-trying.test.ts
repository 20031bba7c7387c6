import { expect, it } from 'vitest';
import { keepTrying } from '../../src/engine/keep-trying.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

function scene(failures: number) {
  const clock = new TestClock();
  const ending = new AbortController();
  const seen = { tries: 0, told: 0, isOver: false };
  const onFailure = () => {
    seen.told += 1;
  };
  const options = { clock, pauseMs: 1000, signal: ending.signal, onFailure };
  const work = async () => {
    seen.tries += 1;
    if (seen.tries <= failures) throw new Error('not yet');
  };
  void keepTrying(options, work).then(() => {
    seen.isOver = true;
  });
  return { clock, ending, seen };
}

it('work is tried again until it has been done', async () => {
  const { clock, seen } = scene(2);
  await clock.advanceBy(1999);
  expect(seen).toEqual({ tries: 2, told: 2, isOver: false });
  await clock.advanceBy(100_000);
  expect(seen).toEqual({ tries: 3, told: 2, isOver: true });
});

it('work is not tried again when nobody wants it any more', async () => {
  const { clock, ending, seen } = scene(9);
  await clock.advanceBy(1500);
  ending.abort();
  await clock.advanceBy(100_000);
  expect(seen).toEqual({ tries: 2, told: 2, isOver: true });
});
