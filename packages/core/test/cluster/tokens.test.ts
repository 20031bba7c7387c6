import { expect, test } from 'vitest';
import { createParts, tokens } from '../../src/cluster/tokens.ts';
import { silentLogger } from '../../src/contract/logger.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

test('a part is made once, when it is first asked for', () => {
  const parts = createParts();
  let made = 0;
  parts.provide(tokens.Clock, () => {
    made += 1;
    return new TestClock();
  });
  expect(made).toBe(0);
  expect(parts.get(tokens.Clock)).toBe(parts.get(tokens.Clock));
  expect(made).toBe(1);
});

test('parts may be made of others, whatever the order of registration', () => {
  const parts = createParts();
  const clock = new TestClock(5);
  parts.provide(tokens.Logger, (from) => ({ ...silentLogger, debug: () => void from.get(tokens.Clock) }));
  parts.provide(tokens.Clock, () => clock);
  expect(() => parts.get(tokens.Logger).debug({}, '')).not.toThrow();
});

test('a later registration wins, as long as nobody has asked', () => {
  const parts = createParts();
  const mine = new TestClock(1);
  parts.provide(tokens.Clock, () => new TestClock());
  parts.provide(tokens.Clock, () => mine);
  expect(parts.get(tokens.Clock)).toBe(mine);
});

test('two sets of parts know nothing of each other', () => {
  const [one, two] = [createParts(), createParts()];
  one.provide(tokens.Clock, () => new TestClock());
  expect(() => two.get(tokens.Clock)).toThrow(/mooring\/Clock@1/);
  two.provide(tokens.Clock, () => new TestClock());
  expect(two.get(tokens.Clock)).not.toBe(one.get(tokens.Clock));
});
