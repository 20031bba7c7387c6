import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'nats';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { describeWithEngine } from '../../../../test/support/engines.ts';
import { createNatsBus, type NatsBus, type NatsBusOptions } from '../../src/bus/nats-bus.ts';
import type { Bus, BusMessage } from '../../src/contract/bus.ts';
import { hasCode } from '../../src/contract/error.ts';
import { silentLogger } from '../../src/contract/logger.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { busConformance } from '../../src/testing/bus-conformance.ts';
import { freePort, NatsServer } from './nats-server.ts';

describeWithEngine(['nats-server'], 'the bus on NATS', () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await NatsServer.start();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const open = (options: Partial<NatsBusOptions> = {}) =>
    createNatsBus({ servers: server.url, clock: systemClock, logger: silentLogger, ...options });

  /** What was sent has arrived: a message of the one connection passes a message to the other. */
  async function settled(...buses: readonly NatsBus[]): Promise<void> {
    for (let round = 0; round < 2; round += 1) {
      for (const bus of buses) await bus.flush();
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  describe.each([
    { what: 'within one process', openBus: open, settle: (bus: Bus) => settled(bus as NatsBus) },
    {
      what: 'between two processes',
      openBus: () => openPair(),
      settle: (bus: Bus) => (bus as Pair).settle(),
    },
  ])('$what', ({ openBus, settle }) => {
    it.each(busConformance)('$name', async ({ run }) => {
      await run({ open: openBus, elapse: (ms) => sleep(ms), flush: settle });
    });
  });

  type Pair = Bus & { settle(): Promise<void> };

  /** Speaks through one connection and listens through another. */
  async function openPair(): Promise<Pair> {
    const [speaker, listener] = [await open(), await open()];
    return {
      publish: (subject, data) => speaker.publish(subject, data),
      request: (subject, data, options) => speaker.request(subject, data, options),
      subscribe: (subject, options) => listener.subscribe(subject, options),
      settle: () => settled(listener, speaker),
      async [Symbol.asyncDispose]() {
        await speaker[Symbol.asyncDispose]();
        await listener[Symbol.asyncDispose]();
      },
    };
  }

  it('delivers within its process without the network, and never twice', async () => {
    await using bus = await open();
    const seen: unknown[] = [];
    void read(bus.subscribe('once', { pendingMax: 10, signal: new AbortController().signal }), ({ data }) =>
      seen.push(data),
    );
    await bus.flush();
    await server.down();
    bus.publish('once', 1);
    await eventually(async () => seen.length > 0);
    expect(seen).toEqual([1]);
    await server.up();
    await eventually(async () => {
      await bus.flush();
      return true;
    });
    expect(seen).toEqual([1]);
  });

  it('answers a request in its own process before it asks others', async () => {
    await using bus = await open();
    await using other = await open();
    const serve = (on: Bus, answer: string) =>
      void read(on.subscribe('who', { pendingMax: 10, signal: new AbortController().signal }), (message) =>
        message.respond(answer),
      );
    serve(bus, 'here');
    serve(other, 'there');
    await settled(bus, other);
    const before = bus.stats().sent;
    for (let i = 0; i < 20; i += 1)
      expect((await bus.request('who', i, { timeoutMs: 5000 })).data).toBe('here');
    expect(bus.stats().sent).toBe(before);
  });

  it('drops and counts what is no JSON or too large, and goes on', async () => {
    await using bus = await open();
    const seen: unknown[] = [];
    void read(bus.subscribe('odd', { pendingMax: 10, signal: new AbortController().signal }), ({ data }) =>
      seen.push(data),
    );
    await bus.flush();
    const foreign = await connect({ servers: server.url });
    for (const payload of ['{', '', 'x'.repeat(300_000), '"well"']) foreign.publish('odd', payload);
    await foreign.flush();
    await eventually(async () => seen.length > 0);
    await foreign.close();
    expect(seen).toEqual(['well']);
    expect(bus.stats().unreadable).toBe(3);
    bus.publish('odd', 'x'.repeat(300_000));
    expect(bus.stats().unsent).toBe(1);
  });

  it('hears others again after the server was killed and is back', async () => {
    await using bus = await open();
    await using other = await open();
    const seen: unknown[] = [];
    void read(bus.subscribe('again', { pendingMax: 100, signal: new AbortController().signal }), ({ data }) =>
      seen.push(data),
    );
    await settled(bus, other);
    await server.down();
    await server.up();
    await eventually(async () => {
      other.publish('again', 'still there?');
      return seen.length > 0;
    });
    expect(seen[0]).toBe('still there?');
  });

  it('says that the server cannot be reached, or does not let it in', async () => {
    const nowhere = `nats://127.0.0.1:${await freePort()}`;
    await expect(open({ servers: nowhere })).rejects.toSatisfy((error) =>
      hasCode(error, 'TRANSPORT_UNAVAILABLE'),
    );
    await expect(open({ servers: nowhere })).rejects.toThrow(nowhere);
    await using guarded = await NatsServer.start({
      config: 'authorization { user: "a", password: "secret" }',
    });
    const refused = open({ servers: guarded.url, user: 'a', password: 'wrong' });
    await expect(refused).rejects.toSatisfy((error) => hasCode(error, 'TRANSPORT_REFUSED'));
    await using bus = await open({ servers: guarded.url, user: 'a', password: 'secret' });
    await bus.flush();
  });
});

async function read(
  messages: AsyncIterable<BusMessage>,
  handle: (message: BusMessage) => void,
): Promise<void> {
  for await (const message of messages) handle(message);
}

function eventually(condition: () => Promise<boolean>): Promise<unknown> {
  const isMet = () => condition().catch(() => false);
  return vi.waitUntil(isMet, { timeout: 20_000, interval: 50 });
}
