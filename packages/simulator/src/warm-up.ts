/**
 * What the product loads only when it is needed would be loaded in real time, while virtual time runs on: all of it is
 * loaded before the first simulation begins.
 */

import { tmpdir } from 'node:os';
import {
  createControllers,
  createInProcessBus,
  createMemoryStore,
  silentLogger,
  type Transport,
} from '@mooring/core';
import { SeededRandom, TestClock } from '@mooring/core/testing';

let done: Promise<void> | undefined;

export function warmUp(): Promise<void> {
  done ??= playOnce();
  return done;
}

/** Controllers that hold a lease, for a moment. */
async function playOnce(): Promise<void> {
  const clock = new TestClock();
  const store = createMemoryStore();
  const bus = createInProcessBus({ clock });
  const transport: Transport = {
    name: 'warm-up',
    open: async () => ({ store, bus, async [Symbol.asyncDispose]() {} }),
  };
  const random = new SeededRandom('warm-up');
  const cluster = await createControllers({
    plugins: [],
    clock,
    random,
    transport,
    logger: silentLogger,
    dataDir: tmpdir(),
  });
  await clock.advanceUntil(() => cluster.controllers().length > 0, 60_000);
  const closed = cluster.detach();
  await clock.advanceBy(60_000);
  await closed;
}
