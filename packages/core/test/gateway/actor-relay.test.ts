import { expect, it } from 'vitest';
import { createInProcessBus } from '../../src/bus/in-process-bus.ts';
import { silentLogger } from '../../src/contract/logger.ts';
import { ActorRelay } from '../../src/gateway/actor-relay.ts';
import type { NodeView } from '../../src/gateway/node-view.ts';
import type { NodeViews } from '../../src/gateway/node-views.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

it('facts of nodes wait for a store that is away, but not without end', async () => {
  const clock = new TestClock();
  const bus = createInProcessBus({ clock });
  const ending = new AbortController();
  let isBack = (_: NodeView) => {};
  const view = new Promise<NodeView>((resolve) => {
    isBack = resolve;
  });
  const relay = new ActorRelay({
    bus,
    cluster: 'c',
    views: { of: () => view } as unknown as NodeViews,
    clock,
    random: new SeededRandom(1),
    logger: silentLogger,
    signal: ending.signal,
    tell: () => {},
  });
  const heard = bus.subscribe('mooring.v1.c.actor.node.n1.facts.*', {
    pendingMax: 10_000,
    signal: ending.signal,
  });
  const fact = { subject: 'mooring.v1.c.actor.node.n1.facts.seen', data: {} };
  const told = Array.from({ length: 5000 }, () => relay.fact('n1', fact));
  const settled = Promise.allSettled(told);
  isBack({ node: 'n1' } as NodeView);
  const outcomes = await settled;
  const count = (status: string) => outcomes.filter((one) => one.status === status).length;
  expect([count('fulfilled'), count('rejected')]).toEqual([4096, 904]);
  expect(await relay.fact('n1', fact)).toBe(true);
  let delivered = 0;
  for await (const _ of heard) {
    delivered += 1;
    if (delivered === 4097) break;
  }
  ending.abort();
});
