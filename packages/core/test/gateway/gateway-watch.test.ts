import { expect, it } from 'vitest';
import { MooringError } from '../../src/contract/error.ts';
import type { WatchEvent } from '../../src/contract/store.ts';
import { systemRandom } from '../../src/engine/system-clock.ts';
import type { GatewayLink } from '../../src/gateway/gateway-link.ts';
import { createGatewayStore } from '../../src/gateway/gateway-store.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

it('a watch whose beginning was not answered is begun again under another id, and ends under the first one', async () => {
  const clock = new TestClock();
  const asked: string[] = [];
  const unwatched: unknown[] = [];
  const listeners = new Map<string, (data: unknown) => void>();
  const frame = (id: string, seq: number, key: string) =>
    listeners.get(id)?.({ seq, event: { type: 'put', key, value: {}, revision: seq } });
  const link: GatewayLink = {
    async request(_verb, data) {
      const { id } = data as { readonly id: string };
      asked.push(id);
      // A gateway has taken it, and its answer was lost.
      if (asked.length === 1) throw new MooringError('DEADLINE_EXCEEDED', 'no answer');
      return { ok: { heartbeatMs: 5000 } };
    },
    send: (verb, data) => void (verb === 'unwatch' && unwatched.push((data as { readonly id: string }).id)),
    listen(id, take) {
      listeners.set(id, take);
      return () => listeners.delete(id);
    },
    onReconnect: () => () => {},
    async [Symbol.asyncDispose]() {},
  };
  await using store = createGatewayStore({ link, clock, random: systemRandom });
  const controller = new AbortController();
  const events: WatchEvent[] = [];
  const watching = (async () => {
    for await (const event of store.watch('pods/', { signal: controller.signal })) events.push(event);
  })();
  await clock.advanceBy(1000);
  const [first = '', second = ''] = asked;
  expect(asked).toHaveLength(2);
  expect(second).not.toBe(first);
  expect(unwatched).toEqual([first]);
  // The one lists what the other does not, and both count from 1.
  frame(first, 1, 'pods/a');
  frame(second, 1, 'pods/b');
  frame(first, 2, 'pods/c');
  await clock.advanceBy(1);
  expect(events).toMatchObject([{ key: 'pods/b' }]);
  controller.abort();
  await watching;
});
