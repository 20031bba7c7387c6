/**
 * Parts that throw, hang, or answer nonsense, one method of one part at a time: all others go on, nothing ends the process,
 * the cluster recovers when the part does, and it can be closed all the while.
 */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fc } from './support/fast-check.ts';
import { tricks } from './support/hostile-part.ts';
import {
  configMap,
  HostileScene,
  hostileMethods,
  odd,
  type PartName,
  podOf,
} from './support/hostile-scene.ts';

const msMax = 240_000;

/** Rejections that nobody hears of: they end a process. */
const unheard: unknown[] = [];
const hear = (error: unknown) => void unheard.push(error);
beforeEach(() => {
  unheard.length = 0;
  process.on('unhandledRejection', hear);
});
afterEach(() => {
  process.off('unhandledRejection', hear);
});

async function problemsOf(part: PartName, method: string, name: string): Promise<readonly string[]> {
  const trick = tricks[name];
  const scene = new HostileScene(part, method);
  await scene.start();
  await scene.apply(podOf('good'));
  await scene.apply(
    podOf('odd', part === 'prober' ? odd : { livenessProbe: { exec: { command: ['true'] } } }),
  );
  await scene.apply(podOf('waiting', { image: 'nowhere' }));
  await scene.apply(configMap('a'));
  await scene.clock.advanceBy(10_000);
  expect(scene.pods).toEqual(['good', 'odd']);
  const meanwhile = await scene.misbehave(trick);
  const afterwards = await scene.recover();
  const closing = await scene.close(trick);
  await new Promise((resolve) => setImmediate(resolve));
  return [
    ...meanwhile.map((words) => `meanwhile: ${words}`),
    ...afterwards.map((words) => `afterwards: ${words}`),
    ...closing.map((words) => `closing: ${words}`),
    ...(unheard.length === 0 ? [] : [`${unheard.length} rejections that nobody heard of`]),
  ];
}

const methods = Object.entries(hostileMethods).flatMap(([part, names]) =>
  names.map((method) => ({ part: part as PartName, method })),
);

describe('a part of which one method is broken', () => {
  test(
    'concerns nobody else',
    async () => {
      const cases = fc.record({
        of: fc.constantFrom(...methods),
        trick: fc.constantFrom(...Object.keys(tricks)),
      });
      const property = fc.asyncProperty(cases, async ({ of: { part, method }, trick }) => {
        expect(await problemsOf(part, method, trick)).toEqual([]);
      });
      await fc.assert(property, { numRuns: Number(process.env.HOSTILE_RUNS ?? 30) });
    },
    msMax,
  );

  // Each of these has done harm once.
  test.each<[PartName, string, string]>([
    ['runtime', 'review', 'rejects'],
    ['prober', 'compile', 'rejects'],
    ['prober', 'attempt', 'never settles'],
    ['controller', 'requestsOf', 'rejects'],
    ['controller', 'concerns', 'rejects'],
    ['bus', 'publish', 'rejects'],
    ['bus', 'publish', 'throws'],
    ['bus', 'listening', 'throws'],
    ['bus', 'subscribe', 'rejects'],
    ['logger', 'info', 'rejects'],
    ['logger', 'child', 'rejects'],
    ['volumes', 'prepare', 'throws'],
    ['volumes', 'prepare', 'never settles'],
    ['store', 'get', 'never settles'],
    ['store', 'update', 'never settles'],
  ])(
    'the %s whose %s %s',
    async (part, method, trick) => {
      expect(await problemsOf(part, method, trick)).toEqual([]);
    },
    msMax,
  );
});
