import 'reflect-metadata/lite';
import { container, instanceCachingFactory } from 'tsyringe';
import { expect, test } from 'vitest';
import { partTokens, withRegistered } from '../../src/cluster/registered-parts.ts';
import { validateRegistered } from '../../src/cluster/validate-options.ts';
import { silentLogger } from '../../src/contract/logger.ts';
import { defaultLogic } from '../../src/kubelet/default-logic.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

test('what is registered takes the place of what would be made', () => {
  const own = container.createChildContainer();
  own.register(partTokens.Clock, { useFactory: instanceCachingFactory(() => new TestClock()) });
  own.register(partTokens.ProbeLogic, { useValue: defaultLogic.probe });
  // A parent's registrations count as well.
  const child = own.createChildContainer();
  const options = withRegistered({ plugins: [], container: child });
  expect(options.clock).toBe(own.resolve(partTokens.Clock));
  expect(options.logic).toEqual({ probe: defaultLogic.probe });
  expect(options).not.toHaveProperty('store');
  expect(options).not.toHaveProperty('random');
});

test('an option counts before it', () => {
  const own = container.createChildContainer();
  own.register(partTokens.Random, { useValue: new SeededRandom(1) });
  own.register(partTokens.Logger, { useValue: silentLogger });
  const random = new SeededRandom(2);
  const options = withRegistered({ plugins: [], random, container: own });
  expect([options.random, options.logger]).toEqual([random, silentLogger]);
});

test('with a transport there is no store of its own', () => {
  const own = container.createChildContainer();
  own.register(partTokens.Store, { useFactory: () => createMemoryStore() });
  const transport = { name: 'elsewhere', open: () => Promise.reject(new Error('not opened')) };
  expect(withRegistered({ plugins: [], container: own }).store).toBeDefined();
  expect(withRegistered({ plugins: [], container: own, transport }).store).toBeUndefined();
});

test('what is registered and is no such part is refused by name', () => {
  const own = container.createChildContainer();
  own.register(partTokens.Logger, { useFactory: async () => silentLogger });
  own.register(partTokens.ProbeLogic, { useValue: 7 });
  expect(() => validateRegistered(withRegistered({ plugins: [], container: own }))).toThrow(
    expect.objectContaining({
      code: 'INVALID',
      fields: [
        expect.objectContaining({ field: 'logger' }),
        expect.objectContaining({ field: 'logic.probe' }),
      ],
    }),
  );
});
