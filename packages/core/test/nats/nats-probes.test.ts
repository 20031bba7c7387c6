/** Probes between isolated nodes: who may ask whom, on a real server. */

import type { NatsConnection } from 'nats';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithEngine } from '../../../../test/support/engines.ts';
import { vantageAddress } from '../../src/bus/actor-address.ts';
import { createActorClient } from '../../src/bus/actor-client.ts';
import { sealEnvelope } from '../../src/bus/envelope.ts';
import { createInProcessBus } from '../../src/bus/in-process-bus.ts';
import { inboxSubject } from '../../src/bus/subjects.ts';
import type { BusMessage } from '../../src/contract/bus.ts';
import { hasCode } from '../../src/contract/error.ts';
import { systemClock, systemRandom } from '../../src/engine/system-clock.ts';
import { createGatewayBus } from '../../src/gateway/gateway-bus.ts';
import { openNatsGatewayLink } from '../../src/gateway/nats-gateway-link.ts';
import { probedPod, question } from '../gateway/probed-pod.ts';
import { cluster, gatewayOn, IsolatedServer } from './isolated-cluster.ts';

const limitMs = 60_000;
const chance = { clock: systemClock, random: systemRandom };

describeWithEngine(['nats-server'], 'a probe for an isolated node', () => {
  let server: IsolatedServer;
  beforeAll(async () => {
    server = await IsolatedServer.start(['n1', 'n2', 'n3']);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  /** What comes to n2, which answers each time that it reaches the pod. */
  async function vantage() {
    const link = openNatsGatewayLink({
      connection: await server.connection('n2'),
      node: 'n2',
      cluster,
      clock: systemClock,
    });
    const bus = createGatewayBus({ link, cluster, clock: systemClock });
    const heard: unknown[] = [];
    const closing = new AbortController();
    const inbox = bus.subscribe(`mooring.v1.${cluster}.actor.>`, { pendingMax: 64, signal: closing.signal });
    const answer = (message: BusMessage) => {
      const { data } = message.data as { readonly data: unknown };
      heard.push(data);
      const said = { kind: 'success', message: 'the body of the page' };
      message.respond(sealEnvelope(chance, { from: vantageAddress('n2'), type: 'reply', data: said }));
    };
    const served = (async () => {
      for await (const message of inbox) answer(message);
    })();
    // The first request tells the gateway that the node is there.
    await link.request('get', { key: 'nodes/n2' }, { timeoutMs: limitMs });
    return {
      heard,
      async [Symbol.asyncDispose]() {
        closing.abort();
        await served;
        await bus[Symbol.asyncDispose]();
        await link[Symbol.asyncDispose]();
      },
    };
  }

  async function asker(node: string) {
    const link = openNatsGatewayLink({
      connection: await server.connection(node),
      node,
      cluster,
      clock: systemClock,
    });
    const bus = createGatewayBus({ link, cluster, clock: systemClock });
    const actors = createActorClient({ ...chance, bus, cluster, from: `node/${node}` });
    return {
      ask: (to: string, asked: object) => actors.ask(vantageAddress(to), asked, { timeoutMs: limitMs }),
      async [Symbol.asyncDispose]() {
        await bus[Symbol.asyncDispose]();
        await link[Symbol.asyncDispose]();
      },
    };
  }

  it('is made by the one that the pod names, of what stands in the pod', {
    timeout: 2 * limitMs,
  }, async () => {
    await using gateway = await gatewayOn(server);
    await using there = await vantage();
    await using here = await asker('n1');
    // A question may come before the pod has its address in the store.
    const { status, ...young } = probedPod('web', 'n1');
    const first = await gateway.store.create('pods/default/web', young);
    const asked = here.ask('n2', { question, job: { ...question, handler: 'exec' } });
    await gateway.store.update('pods/default/web', { ...young, status }, first);
    // What the container says stays where it was said.
    expect(await asked).toEqual({ kind: 'success', message: '' });
    const job = { ...question, handler: 'tcpSocket', settings: { port: 80 }, ports: [], timeoutMs: 1000 };
    expect(there.heard).toEqual([{ question, job }]);
    expect(gateway.stats()).toEqual({ forgedReplies: 0, unreadable: 0, foreignFacts: 0 });
  });

  it('is made for nobody else, and of nothing else', { timeout: 2 * limitMs }, async () => {
    // Without the looks of the desk this bus would carry all of it.
    await using bus = createInProcessBus({ clock: systemClock });
    await using gateway = await gatewayOn(server, { bus });
    await using there = await vantage();
    for (const made of [probedPod('web', 'n1'), probedPod('other', 'n2')])
      await gateway.store.create(`pods/default/${made.metadata.name}`, made);
    const attacker = await server.attacker('n1');
    const attacks: readonly (readonly [what: string, to: string, data: unknown])[] = [
      [
        'the pod of another',
        'node/n2/vantage/probes',
        { question: { ...question, podName: 'other', podUID: 'other' } },
      ],
      [
        'in the name of another',
        'node/n2/vantage/probes',
        { question: { ...question, node: 'n2', podName: 'other', podUID: 'other' } },
      ],
      ['a node that is not named', 'node/n3/vantage/probes', { question }],
      ['a pod that is not there', 'node/n2/vantage/probes', { question: { ...question, podName: 'no' } }],
      ['another address', 'node/n2/vantage/probes', { question: { ...question, podIP: '10.0.0.9' } }],
      [
        'a probe that is not there',
        'node/n2/vantage/probes',
        { question: { ...question, probe: 'liveness' } },
      ],
      [
        'a job of its own',
        'node/n2/vantage/probes',
        { job: { ...question, handler: 'tcpSocket', settings: {}, ports: [], timeoutMs: 1 } },
      ],
      ['mail to a container', 'pod/other/container/main', { type: 'container.restart' }],
      ['mail to the node', 'node/n2', {}],
    ];
    const codes = await Promise.all(attacks.map(([, to, data]) => refusalOf(attacker, to, data)));
    expect(attacks.map(([what], i) => [what, codes[i]])).toEqual(
      attacks.map(([what]) => [what, expect.stringMatching(/^(?:FORBIDDEN|INVALID)$/)]),
    );
    // Sent to the desk of another node, it leaves the account of this one as little as anything else does.
    attacker.publish('api.node.n2.probe', '{}');
    await attacker.flush();
    await attacker.close();
    expect(there.heard).toEqual([]);
  });

  it('is said at once not to be made where there is no such node', { timeout: 2 * limitMs }, async () => {
    await using gateway = await gatewayOn(server);
    await using here = await asker('n1');
    await gateway.store.create('pods/default/web', probedPod('web', 'n1'));
    const asked = here.ask('n2', { question });
    await expect(asked).rejects.toSatisfy((error) => hasCode(error, 'NO_SUCH_ACTOR'));
  });
});

/** The code of the error that a bare request is answered with. */
async function refusalOf(connection: NatsConnection, to: string, data: unknown): Promise<unknown> {
  const envelope = sealEnvelope(chance, { from: 'node/n1', type: 'question', data });
  const subject = inboxSubject(cluster, to);
  const text = JSON.stringify({ subject, data: envelope });
  const answer = await connection.request('api.node.n1.probe', text, { timeout: limitMs });
  return (answer.json() as { readonly error?: { readonly code: unknown } }).error?.code;
}
