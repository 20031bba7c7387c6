/**
 * What somebody does who has taken over a node and holds its credentials. Each attack is first shown to work where all nodes
 * share an account and have exact permissions, and then where each node has an account of its own.
 */

import { headers, type NatsConnection } from 'nats';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  describeWithEngine,
  engine,
  findProgram,
  replicatedNatsServer,
} from '../../../../test/support/engines.ts';
import { connectNats } from '../../src/bus/nats-connection.ts';
import { silentLogger } from '../../src/contract/logger.ts';
import { gatewayOn, IsolatedServer } from './isolated-cluster.ts';
import { NatsServer } from './nats-server.ts';

interface Attack {
  readonly name: string;
  run(attacker: NatsConnection): Promise<void> | void;
}

const victim = '$KV.objs.n2';
const own = '$KV.objs.n1';

const attacks: readonly Attack[] = [
  {
    name: 'X5: lets the server answer a question of its own into the object of another node',
    run: (attacker) => attacker.publish('$JS.API.INFO', '', { reply: victim }),
  },
  {
    name: 'X6: lets the acknowledgement of its own write be written over the object of another node',
    run: (attacker) => attacker.publish(own, 'x', { reply: victim }),
  },
  {
    name: 'X8: lets its own object be read into that of another node',
    run: (attacker) => attacker.publish(`$JS.API.DIRECT.GET.KV_objs.${own}`, '', { reply: victim }),
  },
  {
    name: 'X7b: pulls a message into another bucket',
    async run(attacker) {
      const config = {
        durable_name: 'p',
        ack_policy: 'explicit',
        deliver_policy: 'all',
        filter_subject: own,
      };
      const request = JSON.stringify({ stream_name: 'KV_objs', config });
      const made = attacker.request('$JS.API.CONSUMER.DURABLE.CREATE.KV_objs.p', request, { timeout: 2000 });
      // Where it may not even ask, it tries what comes next all the same.
      await made.catch(() => {});
      attacker.publish('$JS.API.CONSUMER.MSG.NEXT.KV_objs.p', '1', { reply: '$KV.other.n2' });
    },
  },
  {
    name: 'X4: lets a consumer push into the command channel of another node',
    run(attacker) {
      const config = {
        deliver_subject: 'agent.n2.cmd',
        ack_policy: 'none',
        deliver_policy: 'all',
        filter_subject: own,
      };
      attacker.publish('$JS.API.CONSUMER.CREATE.KV_objs', JSON.stringify({ stream_name: 'KV_objs', config }));
    },
  },
  {
    name: 'X9: wipes the bucket with a header of its own write',
    run(attacker) {
      const header = headers();
      header.set('Nats-Rollup', 'all');
      attacker.publish(own, 'x', { headers: header });
    },
  },
  {
    name: 'X15: takes the message id that a controller is about to use',
    run(attacker) {
      const header = headers();
      header.set('Nats-Msg-Id', 'next');
      attacker.publish(own, 'x', { headers: header });
    },
  },
  {
    name: 'C3: lets a service of the control plane answer into the object of another node',
    run: (attacker) => attacker.publish('api.node.n1.get', '{"key":"nodes/n1"}', { reply: victim }),
  },
  {
    name: 'D6: lets a service of the control plane answer as an event of another node',
    run: (attacker) =>
      attacker.publish('api.node.n1.get', '{"key":"nodes/n1"}', { reply: 'watch.node.n2.x' }),
  },
];

/** With exact permissions, as one would write them. */
const oneAccount = `accounts { A {
  jetstream: enabled
  users: [
    { user: "control", password: "c" }
    { user: "n2", password: "n2" }
    { user: "n1", password: "n1", permissions: { publish: { allow: [
      "${own}", "$JS.API.INFO", "$JS.API.DIRECT.GET.KV_objs.${own}", "api.node.n1.>", "$JS.API.CONSUMER.CREATE.KV_objs",
      "$JS.API.CONSUMER.DURABLE.CREATE.KV_objs.p", "$JS.API.CONSUMER.MSG.NEXT.KV_objs.p" ] },
      subscribe: { allow: ["_INBOX_n1.>"] } } }
  ]
} }`;

const programs = [
  findProgram('nats-server') ?? 'nats-server',
  ...(engine('nats-cluster').available ? [replicatedNatsServer()] : []),
];

/** What the victims have, and what they hear. */
class Scene {
  readonly control: NatsConnection;
  readonly other: NatsConnection;
  readonly heard: string[] = [];

  constructor(control: NatsConnection, other: NatsConnection) {
    this.control = control;
    this.other = other;
  }

  async begin(): Promise<void> {
    const manager = await this.control.jetstreamManager();
    for (const name of ['objs', 'other']) {
      await manager.streams.delete(`KV_${name}`).catch(() => {});
      const options = { allow_rollup_hdrs: true, allow_direct: true, max_msgs_per_subject: 8 };
      await manager.streams.add({ name: `KV_${name}`, subjects: [`$KV.${name}.>`], ...options });
    }
    const stream = this.control.jetstream();
    await stream.publish(own, 'what the attacker wants to be read');
    for (const subject of [victim, '$KV.other.n2']) await stream.publish(subject, 'as it was');
    for (const subject of ['agent.n2.cmd', 'watch.node.n2.>'])
      this.other.subscribe(subject, {
        callback: (error, message) => void (error ?? this.heard.push(message.subject)),
      });
    await this.other.flush();
  }

  /** Nothing is as it was in one of these. */
  async damage(): Promise<readonly string[]> {
    const manager = await this.control.jetstreamManager();
    const found = [...this.heard];
    for (const [name, wanted] of [
      ['objs', 2],
      ['other', 1],
    ] as const) {
      const { state } = await manager.streams.info(`KV_${name}`);
      if (state.messages < wanted) found.push(`${name} was wiped`);
      if (name === 'other' && state.messages > wanted)
        found.push('a foreign message lies in the other bucket');
    }
    for (const [name, subject] of [
      ['objs', victim],
      ['other', '$KV.other.n2'],
    ] as const) {
      const last = await manager.streams
        .getMessage(`KV_${name}`, { last_by_subj: subject })
        .catch(() => undefined);
      if (last !== undefined && last.string() !== 'as it was') found.push(`${subject} was overwritten`);
    }
    return found;
  }

  /** A controller's write with an id that nobody else can know, as it believes. */
  async writes(): Promise<boolean> {
    const { duplicate } = await this.control.jetstream().publish(victim, 'as it was', { msgID: 'next' });
    return !duplicate;
  }
}

describeWithEngine(['nats-server'], 'an agent that was taken over', () => {
  describe.each(programs)('on %s', (program) => {
    let shared: NatsServer;
    let isolated: IsolatedServer;
    beforeAll(async () => {
      shared = await NatsServer.start({ config: oneAccount, program });
      isolated = await IsolatedServer.start(['n1', 'n2'], program);
    });
    afterAll(async () => {
      await shared[Symbol.asyncDispose]();
      await isolated[Symbol.asyncDispose]();
    });

    const connections: NatsConnection[] = [];
    afterEach(async () => {
      for (const connection of connections.splice(0)) await connection.close();
    });
    const kept = async (opening: Promise<NatsConnection>) => {
      const connection = await opening;
      connections.push(connection);
      return connection;
    };

    const login = (user: string, password = user) =>
      kept(
        connectNats(
          { servers: shared.url, user, password, ...(user === 'n1' && { inboxPrefix: '_INBOX_n1' }) },
          { noEcho: false, logger: silentLogger },
        ),
      );

    it.each(attacks)('$name', async ({ name, run }) => {
      const open = new Scene(await login('control', 'c'), await login('n2'));
      const openAttacker = await login('n1');
      // The naive responder of every NATS tutorial.
      open.control.subscribe('api.node.*.get', {
        callback: (_, message) => void message.respond('an answer'),
      });
      await open.begin();
      await run(openAttacker);
      await openAttacker.flush();
      if (name.startsWith('X15')) expect(await open.writes()).toBe(false);
      else await vi.waitUntil(async () => (await open.damage()).length > 0, { timeout: 10_000 });

      const scene = new Scene(await kept(isolated.connection()), await kept(isolated.connection('n2')));
      await using gateway = await gatewayOn(isolated);
      const attacker = await kept(isolated.attacker('n1'));
      await scene.begin();
      await run(attacker);
      await attacker.flush();
      // The answer to a later request of the same node has passed whatever the attack has set going.
      const answer = await attacker.request('api.node.n1.get', '{"key":"nodes/n1"}');
      expect(answer.json()).toEqual({ ok: null });
      await scene.other.flush();
      expect(await scene.damage()).toEqual([]);
      expect(await scene.writes()).toBe(true);
      expect((await gateway.store.list('')).entries).toEqual([]);
    });

    it('C4: has no answer at all where the gateway shares its account and the reply is forged', async () => {
      const connection = await login('control', 'c');
      const scene = new Scene(connection, await login('n2'));
      await scene.begin();
      await using gateway = await gatewayOn(isolated, { connection });
      const attacker = await login('n1');
      for (const reply of [victim, 'watch.node.n2.x', '_INBOX_n2.x', '_INBOX.x'])
        attacker.publish('api.node.n1.get', '{"key":"nodes/n1"}', { reply });
      const honest = await attacker.request('api.node.n1.get', '{"key":"nodes/n1"}');
      expect(honest.json()).toEqual({ ok: null });
      await scene.other.flush();
      expect(await scene.damage()).toEqual([]);
      expect(gateway.stats().forgedReplies).toBe(4);
    });
  });
});
