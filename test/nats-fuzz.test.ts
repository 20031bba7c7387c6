/** Whatever comes over NATS, on every subject that somebody listens to: nothing ends by it, and what is asked for is done. */

import { createAgent, createControllers, silentLogger, systemClock, systemRandom } from '@mooring/core';
import { nats, natsServerConfig, serveNodes } from '@mooring/core/nats';
import { memoryVolumes } from '@mooring/core/testing';
import { fakeRuntime } from '@mooring/runtime-fake';
import { connect, nkeyAuthenticator } from 'nats';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { NatsServer } from '../packages/core/test/nats/nats-server.ts';
import { type LogRecord, recordingLogger } from './agent/support/recording-logger.ts';
import { describeWithEngine } from './support/engines.ts';
import { fc } from './support/fast-check.ts';

const limitMs = 60_000;
const limits = { timeout: limitMs, interval: 20 };
const bytesMax = 64 * 1024 * 1024;

/** JSON that is nearly ours, JSON that is not, and no JSON at all. */
const words = fc.constantFrom(
  'v',
  'id',
  'at',
  'from',
  'type',
  'data',
  'seq',
  'key',
  'value',
  'prefix',
  'event',
);
const types = fc.constantFrom(
  'command',
  'question',
  'snapshot',
  'open',
  'data',
  'credit',
  'end',
  'container.restart',
);
const leaf = fc.oneof(
  fc.constantFrom(1, 0, -1, 1e300, null, true, '', 'x'.repeat(2000)),
  types,
  fc.jsonValue({ maxDepth: 2 }),
);
const loose = fc.dictionary(words, leaf, { maxKeys: 8 });
const envelope = fc.record({
  v: fc.constantFrom(1, 1, 1, 2, '1'),
  id: fc.constantFrom('id', 7),
  at: fc.constantFrom(0, Number.MAX_VALUE, 'now'),
  from: fc.constantFrom('nobody', ''),
  type: types,
  data: fc.oneof(leaf, loose, fc.record({ type: types, unknown: leaf })),
  unknown: leaf,
});
const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
/** An object that is nearly a pod, or nothing at all. */
const object = fc
  .oneof(
    loose,
    envelope,
    fc.record({
      kind: fc.constant('Pod'),
      metadata: leaf,
      spec: fc.oneof(leaf, fc.record({ nodeName: fc.constantFrom('node-a', 'node-t') })),
    }),
  )
  .map((value) => JSON.stringify(value));
const message = fc.oneof(
  envelope.map((value) => JSON.stringify(value)),
  loose.map((value) => JSON.stringify(value)),
  leaf.map((value) => JSON.stringify(value)),
  fc.string({ maxLength: 50 }),
  fc.constantFrom(deep, `{"data":${deep}}`, '"', '{"__proto__":{"a":1}}', 'x'.repeat(300_000)),
);

describeWithEngine(['nats-server'], 'nonsense over NATS', () => {
  const { text, users } = natsServerConfig({ nodes: ['node-a'] });
  let server: NatsServer;
  beforeAll(async () => {
    server = await NatsServer.start({ config: text.slice(text.indexOf('system_account')) });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const login = (node?: string) => {
    const nkeySeed = users.find((user) => user.node === node)?.nkeySeed ?? '';
    return { servers: server.url, nkeySeed };
  };
  const inboxPrefix = '_INBOX_node-a';
  const clientOf = (node?: string) => {
    const { servers, nkeySeed } = login(node);
    const authenticator = nkeyAuthenticator(new TextEncoder().encode(nkeySeed));
    return connect({ servers, authenticator, ...(node !== undefined && { inboxPrefix }) });
  };

  it('ends neither an agent nor controllers nor the gateway between them', {
    timeout: 2 * limitMs,
  }, async () => {
    const logs: LogRecord[] = [];
    const logger = recordingLogger(logs);
    const transport = nats({ ...login(), install: { bytesMax } });
    await using control = await createControllers({ plugins: [], transport, logger });
    const context = { cluster: 'mooring', clock: systemClock, random: systemRandom, logger: silentLogger };
    await using carriers = await transport.open(context);
    await using gateway = await serveNodes({ ...login(), ...carriers, logger, heartbeatMs: 500 });
    await using _trusted = await createAgent({
      name: 'node-t',
      plugins: [fakeRuntime()],
      transport,
      logger,
      volumes: () => memoryVolumes(),
    });
    await using _isolated = await createAgent({
      name: 'node-a',
      plugins: [fakeRuntime()],
      transport: nats({ ...login('node-a'), mode: { isolated: { node: 'node-a' } } }),
      logger,
      volumes: () => memoryVolumes(),
    });
    for (const node of ['node-t', 'node-a']) await control.apply(podOn(`before-${node}`, node));
    for (const node of ['node-t', 'node-a'])
      await control.waitFor(`Pod/default/before-${node}`, 'Ready', { timeoutMs: limitMs });
    const uid = (await control.get('Pod', 'default', 'before-node-t'))?.metadata.uid ?? '';
    const isolatedUid = (await control.get('Pod', 'default', 'before-node-a'))?.metadata.uid ?? '';

    const inside = await clientOf();
    const node = await clientOf('node-a');
    for (const [i, said] of fc.sample(message, { numRuns: 300, seed: 7 }).entries()) {
      inside.publish(pick(subjectsOf([uid, isolatedUid]), i), said, { reply: '_INBOX.nobody' });
      node.publish(`api.node.node-a.${pick(verbs, i)}`, said, { reply: `${inboxPrefix}.nobody` });
    }
    for (const [i, value] of fc.sample(object, { numRuns: 120, seed: 8 }).entries())
      inside.publish(
        `$KV.mooring.${pick(kinds, i)}.default.foreign${i}`,
        i % 5 === 0 ? value : written(value),
      );
    await inside.flush();
    await node.flush();

    for (const name of ['node-t', 'node-a']) await control.apply(podOn(`after-${name}`, name));
    for (const name of ['node-t', 'node-a'])
      await control.waitFor(`Pod/default/after-${name}`, 'Ready', { timeoutMs: limitMs });
    for (const id of [uid, isolatedUid]) {
      const isShown = async () =>
        expect(await control.actor(`pod/${id}/container/main`).snapshot()).toMatchObject({
          value: 'running',
        });
      await vi.waitFor(isShown, limits);
    }
    await control.delete('Pod', 'default', 'after-node-a');
    await control.waitFor('Pod/default/after-node-a', 'deleted', { timeoutMs: limitMs });
    const unexpected = ({ level, message }: LogRecord) =>
      level === 'error' && message !== 'value in the store is no object of its kind; ignored';
    expect(logs.filter(unexpected)).toEqual([]);
    expect(gateway.stats().unreadable).toBeGreaterThan(0);
    await inside.close();
    await node.close();
  });
});

function podOn(name: string, nodeName: string) {
  const containers = [{ name: 'main', image: 'anything' }];
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { nodeName, containers } };
}

function written(text: string): string {
  return `{"v":1,"writeId":"theirs","prev":0,"value":${text}}`;
}

function pick<T>(list: readonly T[], i: number): T {
  return list[i % list.length] as T;
}

/** Those that processes of the control plane's account listen to. */
function subjectsOf(uids: readonly string[]): readonly string[] {
  const homes = [
    'node.node-t',
    'node.node-a',
    'controller.replicaset.default.web',
    ...uids.map((uid) => `pod.${uid}`),
  ];
  const actors = [...homes, `pod.${uids[0]}.container.main`, 'node.node-t.vantage.probes'];
  const ways = ['node-t.down', 'node-a.down', 'node-t.up', 'node-a.up'];
  return [
    ...actors
      .flatMap((actor) => [`${actor}.inbox`, `${actor}.facts.started`])
      .map((tail) => `mooring.v1.mooring.actor.${tail}`),
    ...ways.map((way) => `mooring.v1.mooring.stream.${way}.client.one`),
    ...['mail', 'streams', 'x'].map((id) => `watch.node.node-a.${id}`),
  ];
}

const verbs = [
  ...['get', 'list', 'create', 'update', 'delete', 'watch', 'fact', 'probe', 'stream'],
  ...['confirm', 'unwatch', 'answer', 'other'],
];
const kinds = [
  ...['pods', 'nodes', 'leases', 'replicasets', 'deployments', 'services', 'endpointslices', 'events'],
  ...['configmaps', 'namespaces', 'secrets', 'nobody'],
];
