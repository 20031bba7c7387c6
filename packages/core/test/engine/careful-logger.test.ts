import { afterEach, expect, it, vi } from 'vitest';
import { type Logger, silentLogger } from '../../src/contract/logger.ts';
import { carefulLogger } from '../../src/engine/careful-logger.ts';

afterEach(() => vi.restoreAllMocks());

const fail = () => {
  throw new Error('disk full');
};
const failLater = () => Promise.reject(new Error('disk full')) as never;

it.each<[string, Partial<Logger>, string]>([
  ['throws', { info: fail }, 'info(), and lines of it are lost: disk full'],
  ['fails later', { info: failLater }, 'info(), and lines of it are lost: disk full'],
  ['has no children', { child: fail }, 'child(), and lines of it are lost: disk full'],
  [
    'has children that are none',
    { child: () => ({}) as never },
    'child(), and lines of it are lost: it gave',
  ],
  [
    'has children one day',
    { child: failLater },
    'child(), and lines of it are lost: child must not be async',
  ],
])('a logger that %s ends nobody, and that is told once', async (_, flaw, words) => {
  const told = vi.spyOn(process, 'emitWarning').mockReturnValue(undefined);
  const flawed: Logger = { ...silentLogger, child: () => flawed, ...flaw };
  const logger = carefulLogger(flawed);
  for (let i = 0; i < 3; i += 1) logger.child({ i }).info({ i }, 'line');
  await new Promise((resolve) => setImmediate(resolve));
  expect(told).toHaveBeenCalledOnce();
  expect(told).toHaveBeenCalledWith(expect.stringContaining(words), 'MooringWarning');
});

it('a logger that works gets every line, with what its children were bound to', () => {
  const lines: object[] = [];
  const bound = (bindings: object): Logger => ({
    ...silentLogger,
    info: (fields, message) => void lines.push({ ...bindings, ...fields, message }),
    child: (more) => bound({ ...bindings, ...more }),
  });
  const logger = carefulLogger(bound({}));
  logger.child({ node: 'a' }).child({ pod: 'b' }).info({ i: 1 }, 'line');
  expect(lines).toEqual([{ node: 'a', pod: 'b', i: 1, message: 'line' }]);
  expect(carefulLogger(logger)).toBe(logger);
});
