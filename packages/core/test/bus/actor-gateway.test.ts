import { describe, expect, it } from 'vitest';
import { assign, createActor, type EventObject, setup } from 'xstate';
import { FieldPath, notSupported } from '../../src/api/field-error.ts';
import { createActorClient } from '../../src/bus/actor-client.ts';
import { serveActors } from '../../src/bus/actor-gateway.ts';
import { subscribeFacts } from '../../src/bus/fact-pattern.ts';
import { createFactPublisher } from '../../src/bus/fact-publisher.ts';
import { createInProcessBus } from '../../src/bus/in-process-bus.ts';
import { snapshotView } from '../../src/bus/snapshot-view.ts';
import { inboxPatternsAt } from '../../src/bus/subjects.ts';
import type { Bus } from '../../src/contract/bus.ts';
import { type Logger, silentLogger } from '../../src/contract/logger.ts';
import { createActorDirectory } from '../../src/engine/directory.ts';
import { systemRandom } from '../../src/engine/system-clock.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

const lamp = setup({
  types: { events: {} as { type: 'lamp.toggle' }, context: {} as { toggles: number } },
}).createMachine({
  initial: 'off',
  context: { toggles: 0 },
  states: { off: { on: { 'lamp.toggle': 'on' } }, on: { on: { 'lamp.toggle': 'off' } } },
  on: { 'lamp.toggle': { actions: assign({ toggles: ({ context }) => context.toggles + 1 }) } },
});

function harness() {
  const clock = new TestClock();
  const bus = createInProcessBus({ clock });
  const directory = createActorDirectory({ onError: () => {} });
  const controller = new AbortController();
  const common = { bus, cluster: 'c', clock, random: systemRandom };
  const done = serveActors({
    ...common,
    lookup: (address) => directory.lookup(address),
    decodeCommand: (_address, event) => {
      const type = (event as EventObject | undefined)?.type;
      if (type === 'lamp.toggle') return { ok: true, value: { type } };
      return { ok: false, errors: [notSupported(new FieldPath('type'), type, ['lamp.toggle'])] };
    },
    decodeQuestion: (_address, question, answer) => {
      const { echo } = question as { readonly echo?: unknown };
      if (echo === undefined) return { ok: false, errors: [notSupported(new FieldPath('echo'), echo, [])] };
      // The lamp takes its time.
      clock.setTimeout(() => answer({ echo }), 1000);
      return { ok: true, value: { type: 'lamp.toggle' } };
    },
    signal: controller.signal,
  });
  const client = createActorClient({ ...common, from: 'test' });
  const addLamp = (address: string) => {
    const ref = createActor(lamp);
    directory.register(address, { ref });
    ref.start();
    return ref;
  };
  return { ...common, directory, controller, done, client, addLamp };
}

describe('the actor gateway', () => {
  it('brings a command to the actor at the address', async () => {
    const { client, addLamp } = harness();
    const ref = addLamp('pod/u1');
    const other = addLamp('pod/u2');
    await client.send('pod/u1', { type: 'lamp.toggle' });
    expect(ref.getSnapshot().value).toBe('on');
    expect(other.getSnapshot().value).toBe('off');
  });

  it('shows a snapshot of the actor as plain JSON', async () => {
    const { client, addLamp } = harness();
    addLamp('pod/u1/container/web');
    expect(await client.snapshot('pod/u1/container/web')).toEqual({
      status: 'active',
      value: 'off',
      context: { toggles: 0 },
    });
  });

  it('says at once that nobody lives at an address, also after the actor has stopped', async () => {
    const { client, addLamp, directory } = harness();
    await expect(client.snapshot('pod/nobody')).rejects.toMatchObject({ code: 'NO_SUCH_ACTOR' });
    addLamp('pod/u1');
    directory.stop('pod/u1');
    await expect(client.send('pod/u1', { type: 'lamp.toggle' })).rejects.toMatchObject({
      code: 'NO_SUCH_ACTOR',
      message: 'no actor lives at pod/u1',
    });
  });

  it('refuses a command that the actor does not take, and says which it does', async () => {
    const { client, addLamp } = harness();
    addLamp('pod/u1');
    await expect(client.send('pod/u1', { type: 'lamp.explode' })).rejects.toMatchObject({
      code: 'INVALID',
      message: 'type: Unsupported value: "lamp.explode": supported values: "lamp.toggle"',
    });
  });

  it('brings a question to the actor, which answers when it knows', async () => {
    const { client, addLamp, clock } = harness();
    const ref = addLamp('pod/u1');
    let answered: unknown;
    const asked = client.ask('pod/u1', { echo: 7 }).then((data) => {
      answered = data;
    });
    await clock.advanceBy(999);
    expect([ref.getSnapshot().value, answered]).toEqual(['on', undefined]);
    await clock.advanceBy(1);
    await asked;
    expect(answered).toEqual({ echo: 7 });
    await expect(client.ask('pod/u1', {})).rejects.toMatchObject({ code: 'INVALID' });
  });

  it('answers nonsense with an error and goes on', async () => {
    const { bus, client, addLamp } = harness();
    addLamp('pod/u1');
    const answer = await bus.request('mooring.v1.c.actor.pod.u1.inbox', 'nonsense', { timeoutMs: 1000 });
    expect(answer.data).toMatchObject({ type: 'error', data: { code: 'INVALID' } });
    await client.send('pod/u1', { type: 'lamp.toggle' });
  });

  it('that may not hear some of the mail takes none twice when it tries again', async () => {
    const clock = new TestClock();
    const local = createInProcessBus({ clock });
    let isDeaf = true;
    const bus: Bus = {
      ...local,
      publish: local.publish.bind(local),
      request: local.request.bind(local),
      subscribe(pattern, options) {
        if (isDeaf && pattern.includes('*')) throw new Error('not allowed');
        return local.subscribe(pattern, options);
      },
    };
    const directory = createActorDirectory({ onError: () => {} });
    const controller = new AbortController();
    const parts = { bus, cluster: 'c', clock, random: systemRandom, directory };
    const done = serveActors({
      ...parts,
      lookup: (address) => directory.lookup(address),
      decodeCommand: () => ({ ok: true, value: { type: 'lamp.toggle' } }),
      signal: controller.signal,
    });
    directory.register('pod/u1', { ref: createActor(lamp).start() });
    await clock.advanceBy(60_000);
    expect(local.stats().subscriptions).toBe(0);
    isDeaf = false;
    await clock.advanceBy(30_000);
    const { subscriptions } = local.stats();
    expect(new Set(inboxPatternsAt('c', 'pod/u1')).size).toBe(subscriptions);
    controller.abort();
    await done;
    expect(local.stats().subscriptions).toBe(0);
  });

  it('ends with its signal; then nobody answers any more', async () => {
    const { controller, done, client, addLamp } = harness();
    addLamp('pod/u1');
    controller.abort();
    await done;
    await expect(client.snapshot('pod/u1')).rejects.toMatchObject({ code: 'NO_SUCH_ACTOR' });
  });
});

describe('facts', () => {
  it('reach those who asked for them by pattern, with the address of their actor', async () => {
    const { bus, clock, random, client, addLamp } = harness();
    addLamp('pod/u1');
    const facts = createFactPublisher({ bus, cluster: 'c', clock, random });
    const heard = subscribeFacts(bus, 'c', 'pod.>', { signal: new AbortController().signal });
    facts.of('node/n')('node.ready', {});
    await client.send('pod/u1', { type: 'lamp.toggle' });
    facts.of('pod/u1/container/web')('container.exited', { exitCode: 1 });
    for await (const fact of heard) {
      expect(fact).toMatchObject({
        address: 'pod/u1/container/web',
        type: 'container.exited',
        at: clock.now(),
        data: { exitCode: 1 },
      });
      break;
    }
  });

  it('have an id of their own each, of several publishers too', async () => {
    const { bus, clock, random } = harness();
    const ending = new AbortController();
    const messages = bus.subscribe('>', { pendingMax: 100, signal: ending.signal });
    for (let publisher = 0; publisher < 3; publisher += 1) {
      const facts = createFactPublisher({ bus, cluster: 'c', clock, random });
      for (const name of ['a', 'b']) for (let i = 0; i < 3; i += 1) facts.of(`pod/${name}`)('pod.seen', i);
    }
    const ids = new Set<unknown>();
    for await (const { data } of messages) {
      ids.add((data as { readonly id: unknown }).id);
      if (ids.size === 18) break;
    }
    expect(ids.size).toBe(18);
  }, 5000);

  it.each<[string, Partial<Bus>]>([
    [
      'throws',
      {
        publish: () => {
          throw new Error('no way');
        },
      },
    ],
    ['cannot say who listens', { listening: () => Promise.reject(new Error('no way')) as never }],
    ['fails later', { publish: () => Promise.reject(new Error('no way')) as never }],
  ])('never throw when the bus %s, which is logged once', async (_, flaw) => {
    const { bus, clock, random } = harness();
    const logs: string[] = [];
    const logger: Logger = { ...silentLogger, warn: (_, message) => void logs.push(message) };
    const flawed: Bus = Object.assign(Object.create(bus), { listening: () => true, ...flaw });
    const publish = createFactPublisher({ bus: flawed, cluster: 'c', clock, random, logger }).of('pod/u1');
    for (let i = 0; i < 3; i += 1) publish('pod.phase-changed', {});
    await clock.advanceBy(0);
    expect(logs).toEqual(['facts are lost: the bus failed']);
  });

  it('are not even built when nobody listens', () => {
    const { bus, clock } = harness();
    let uuids = 0;
    const random = {
      next: () => 0,
      uuid: () => {
        uuids += 1;
        return 'u';
      },
    };
    const publish = createFactPublisher({ bus, cluster: 'c', clock, random }).of('pod/u1');
    for (let i = 0; i < 100; i += 1) publish('pod.phase-changed', {});
    expect(uuids).toBe(0);
  });
});

describe('snapshotView', () => {
  it('leaves out functions and live things, and survives circles', () => {
    const circle: Record<string, unknown> = { name: 'circle' };
    circle['self'] = circle;
    const context = {
      circle,
      fn: () => 1,
      when: new Date(0),
      map: new Map([['k', new Set([1])]]),
      big: 10n,
      actor: createActor(lamp),
      children: ['kept'],
    };
    expect(snapshotView({ status: 'active', context, machine: lamp })).toEqual({
      status: 'active',
      context: {
        circle: { name: 'circle', self: '[circular]' },
        when: '1970-01-01T00:00:00.000Z',
        map: { k: [1] },
        big: '10',
        actor: '[actor]',
        children: ['kept'],
      },
    });
  });
});
