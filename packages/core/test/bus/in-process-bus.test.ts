import { describe, expect, it } from 'vitest';
import { createInProcessBus } from '../../src/bus/in-process-bus.ts';
import type { BusMessage } from '../../src/contract/bus.ts';
import { AsyncQueue } from '../../src/engine/async-queue.ts';
import { busConformance } from '../../src/testing/bus-conformance.ts';
import { planConformance } from '../../src/testing/conformance-case.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

describe('the in-process bus', () => {
  const clock = new TestClock();
  const context = {
    open: () => createInProcessBus({ clock }),
    elapse: (ms: number) => clock.advanceBy(ms),
    flush: () => clock.advanceBy(0),
  };
  for (const { name, run } of planConformance(busConformance, context)) it(name, run);

  it('counts what slow readers lose, also after they have left', () => {
    const bus = createInProcessBus({ clock: new TestClock() });
    const controller = new AbortController();
    bus.subscribe('a', { pendingMax: 2, signal: controller.signal });
    for (let i = 0; i < 5; i += 1) bus.publish('a', i);
    expect(bus.stats()).toMatchObject({ subscriptions: 1, dropped: 3 });
    controller.abort();
    expect(bus.stats()).toMatchObject({ subscriptions: 0, dropped: 3 });
  });

  it('tells whether anybody listens, without a trace of those who left', () => {
    const bus = createInProcessBus({ clock: new TestClock() });
    const controller = new AbortController();
    bus.subscribe('a.*.c', { pendingMax: 2, signal: controller.signal });
    expect(bus.listening('a.b.c')).toBe(true);
    expect(bus.listening('a.b.d')).toBe(false);
    controller.abort();
    expect(bus.listening('a.b.c')).toBe(false);
  });

  it('feeds a queue of somebody else until that is ended', async () => {
    const bus = createInProcessBus({ clock: new TestClock() });
    const queue = new AsyncQueue<BusMessage>({ pendingMax: 10 });
    const end = bus.feed('a.*', queue);
    bus.publish('a.b', 1);
    bus.publish('b', 2);
    end();
    end();
    bus.publish('a.b', 3);
    expect(bus.listening('a.b')).toBe(false);
    queue.close();
    const heard: unknown[] = [];
    for await (const { data } of queue) heard.push(data);
    expect(heard).toEqual([1]);
  });

  it('rejects what waits for an answer when it is closed', async () => {
    const clock = new TestClock();
    const bus = createInProcessBus({ clock });
    bus.subscribe('a', { pendingMax: 2, signal: new AbortController().signal });
    const request = bus.request('a', 1, { timeoutMs: 1000 });
    await Promise.all([
      expect(request).rejects.toMatchObject({ code: 'BUS_CLOSED' }),
      bus[Symbol.asyncDispose](),
    ]);
    expect(clock.pending).toBe(0);
  });

  it.each(['', 'a..b', 'a.>.b', 'a.b*', 'a b', '.a', 'a.'])('refuses to subscribe to %j', (subject) => {
    const bus = createInProcessBus({ clock: new TestClock() });
    const subscribe = () => bus.subscribe(subject, { pendingMax: 1, signal: new AbortController().signal });
    expect(subscribe).toThrow('invalid subject');
  });

  it('leaves no timer or request behind once a request is answered', async () => {
    const clock = new TestClock();
    const bus = createInProcessBus({ clock });
    const messages = bus.subscribe('a', { pendingMax: 2, signal: new AbortController().signal });
    void (async () => {
      for await (const message of messages) {
        message.respond(1);
        message.respond(2);
      }
    })();
    expect((await bus.request('a', 0, { timeoutMs: 1000 })).data).toBe(1);
    expect(clock.pending).toBe(0);
    expect(bus.stats().pendingRequests).toBe(0);
  });
});
