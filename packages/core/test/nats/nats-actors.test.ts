import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { assign, createActor, type EventObject, setup } from 'xstate';
import { describeWithEngine } from '../../../../test/support/engines.ts';
import { FieldPath, notSupported } from '../../src/api/field-error.ts';
import { createActorClient } from '../../src/bus/actor-client.ts';
import { serveActors } from '../../src/bus/actor-gateway.ts';
import { type Fact, subscribeFacts } from '../../src/bus/fact-pattern.ts';
import { createFactPublisher } from '../../src/bus/fact-publisher.ts';
import { createNatsBus } from '../../src/bus/nats-bus.ts';
import { hasCode } from '../../src/contract/error.ts';
import { silentLogger } from '../../src/contract/logger.ts';
import { createActorDirectory } from '../../src/engine/directory.ts';
import { systemClock, systemRandom } from '../../src/engine/system-clock.ts';
import { NatsServer } from './nats-server.ts';

const lamp = setup({
  types: { events: {} as { type: 'lamp.toggle' }, context: {} as { toggles: number } },
}).createMachine({
  initial: 'off',
  context: { toggles: 0 },
  states: { off: { on: { 'lamp.toggle': 'on' } }, on: { on: { 'lamp.toggle': 'off' } } },
  on: { 'lamp.toggle': { actions: assign({ toggles: ({ context }) => context.toggles + 1 }) } },
});

describeWithEngine(['nats-server'], 'actors of several processes', () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await NatsServer.start({ plain: true });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  /** What each process has: a connection, a directory, a gateway. */
  async function host() {
    const bus = await createNatsBus({ servers: server.url, clock: systemClock, logger: silentLogger });
    const directory = createActorDirectory({ onError: () => {} });
    const controller = new AbortController();
    const common = { bus, cluster: 'c', clock: systemClock, random: systemRandom };
    const serving = serveActors({
      ...common,
      directory,
      lookup: (address) => directory.lookup(address),
      decodeCommand: (_, event) => {
        const type = (event as EventObject | undefined)?.type;
        if (type === 'lamp.toggle') return { ok: true, value: { type } };
        return { ok: false, errors: [notSupported(new FieldPath('type'), type, ['lamp.toggle'])] };
      },
      signal: controller.signal,
    });
    const addLamp = async (address: string) => {
      const ref = createActor(lamp);
      directory.register(address, {
        ref,
        child: (path) => (path.join('/') === 'container/web' ? ref : undefined),
      });
      ref.start();
      await bus.flush();
      return ref;
    };
    return {
      bus,
      directory,
      addLamp,
      client: createActorClient({ ...common, from: 'test' }),
      facts: createFactPublisher(common),
      async [Symbol.asyncDispose]() {
        controller.abort();
        await serving;
        await bus[Symbol.asyncDispose]();
      },
    };
  }

  it('take commands and show themselves, wherever they live', async () => {
    await using here = await host();
    await using there = await host();
    const ref = await there.addLamp('pod/u1');
    await here.client.send('pod/u1', { type: 'lamp.toggle' });
    expect(ref.getSnapshot().value).toBe('on');
    expect(await here.client.snapshot('pod/u1')).toMatchObject({ value: 'on' });
    expect(await here.client.snapshot('pod/u1/container/web')).toMatchObject({ value: 'on' });
    const refused = here.client.send('pod/u1', { type: 'lamp.break' });
    await expect(refused).rejects.toThrow('Unsupported value: "lamp.break"');
  });

  it('are said at once not to be there', async () => {
    await using here = await host();
    await using there = await host();
    await there.addLamp('pod/u1');
    const beganMs = performance.now();
    for (const address of [
      'pod/u2',
      'pod/u1/container/other',
      'node/n1',
      'controller/replicaset/default/web',
    ]) {
      const asked = here.client.snapshot(address, { timeoutMs: 60_000 });
      await expect(asked).rejects.toSatisfy((error) => hasCode(error, 'NO_SUCH_ACTOR'));
    }
    there.directory.stop('pod/u1');
    await there.bus.flush();
    const gone = here.client.snapshot('pod/u1', { timeoutMs: 60_000 });
    await expect(gone).rejects.toSatisfy((error) => hasCode(error, 'NO_SUCH_ACTOR'));
    expect(performance.now() - beganMs).toBeLessThan(10_000);
  });

  it('share the home of their controller', async () => {
    await using here = await host();
    await using there = await host();
    await there.addLamp('controller/lamps/default/a');
    await there.addLamp('controller/lamps/default/b');
    there.directory.stop('controller/lamps/default/a');
    await there.bus.flush();
    expect(await here.client.snapshot('controller/lamps/default/b')).toMatchObject({ value: 'off' });
    const gone = here.client.snapshot('controller/lamps/default/a');
    await expect(gone).rejects.toSatisfy((error) => hasCode(error, 'NO_SUCH_ACTOR'));
  });

  it('tell their facts to whoever listens', async () => {
    await using here = await host();
    await using there = await host();
    const heard: Fact[] = [];
    const controller = new AbortController();
    const listening = (async () => {
      for await (const fact of subscribeFacts(here.bus, 'c', 'pod.*.container.*.exited', controller))
        heard.push(fact);
    })();
    await here.bus.flush();
    there.facts.of('pod/u1/container/web')('container.exited', { exitCode: 3 });
    there.facts.of('pod/u1/container/web')('container.started', {});
    await vi.waitUntil(() => heard.length > 0);
    controller.abort();
    await listening;
    expect(heard.map(({ address, type, data }) => ({ address, type, data }))).toEqual([
      { address: 'pod/u1/container/web', type: 'container.exited', data: { exitCode: 3 } },
    ]);
  });
});
