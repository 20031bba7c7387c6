import { headers } from 'nats';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithEngine } from '../../../../test/support/engines.ts';
import { connectNats } from '../../src/bus/nats-connection.ts';
import { silentLogger } from '../../src/contract/logger.ts';
import { NatsAcks } from '../../src/store/nats-acks.ts';
import { apiCodes, apiErrorCode } from '../../src/store/nats-errors.ts';
import { TestClock } from '../../src/testing/test-clock.ts';
import { NatsServer } from './nats-server.ts';

const config = `
authorization { users: [
  { user: all, password: p }
  { user: narrow, password: p, permissions: { publish: "taken.>", subscribe: "_INBOX_narrow.>" } }
] }`;

describeWithEngine(['nats-server'], 'acknowledgements of JetStream', () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await NatsServer.start({ config });
    const { connection } = await opened();
    const manager = await connection.jetstreamManager();
    await manager.streams.add({ name: 'taken', subjects: ['taken.>'] });
    await connection.close();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  async function opened(user = 'all', inboxPrefix?: string) {
    const options = {
      servers: server.url,
      user,
      password: 'p',
      ...(inboxPrefix !== undefined && { inboxPrefix }),
    };
    const connection = await connectNats(options, { noEcho: false, logger: silentLogger });
    const clock = new TestClock();
    const acks = new NatsAcks({ connection, clock, answerMsMax: 2000 });
    const publish = (subject: string, expected?: number) => {
      const marks = headers();
      if (expected !== undefined) marks.append('Nats-Expected-Last-Subject-Sequence', String(expected));
      return acks.publish(subject, Buffer.from('{}'), marks);
    };
    return { connection, clock, publish };
  }

  it('come to those who wait for them, in whatever number', async () => {
    const { connection, publish } = await opened();
    const sequences = await Promise.all(Array.from({ length: 200 }, (_, i) => publish(`taken.many.${i}`)));
    const first = sequences[0] ?? 0;
    expect(sequences).toEqual(Array.from({ length: 200 }, (_, i) => first + i));
    await connection.close();
  });

  it('say what JetStream refuses, and no other write suffers', async () => {
    const { connection, publish } = await opened();
    await publish('taken.once', 0);
    const [refused, other] = await Promise.allSettled([publish('taken.once', 0), publish('taken.other', 0)]);
    expect(refused).toMatchObject({ status: 'rejected' });
    expect(apiErrorCode('reason' in refused ? refused.reason : {})).toBe(apiCodes.wrongLastSequence);
    expect(other).toMatchObject({ status: 'fulfilled' });
    await connection.close();
  });

  it('are refused at once where no stream takes the message, or the server does not', async () => {
    const all = await opened();
    await expect(all.publish('nobody.there')).rejects.toMatchObject({ code: '503' });
    const narrow = await opened('narrow', '_INBOX_narrow');
    const [refused, taken] = await Promise.allSettled([
      narrow.publish('nobody.there'),
      narrow.publish('taken.a'),
    ]);
    expect(refused).toMatchObject({ reason: { code: 'PERMISSIONS_VIOLATION' } });
    expect(taken).toMatchObject({ status: 'fulfilled' });
    const deaf = await opened('narrow');
    // It is taken, and only its answer is not heard: nobody may conclude that it was refused.
    await expect(deaf.publish('taken.b')).rejects.toMatchObject({ code: 'SUB_CLOSED' });
    for (const { connection } of [all, narrow, deaf]) await connection.close();
  });

  it('are given up after a while, each after its own, and all when the connection closes', async () => {
    const { connection, clock, publish } = await opened();
    connection.subscribe('silent', { callback: () => {} });
    await connection.flush();
    const ends: string[] = [];
    const outcome = async (name: string, asked: Promise<number>) => {
      const code = await asked.then(
        () => 'none',
        ({ code }: { readonly code: string }) => code,
      );
      ends.push(`${name} ${code} at ${clock.monotonicMs()}`);
    };
    const first = outcome('first', publish('silent'));
    await clock.advanceBy(500);
    const second = outcome('second', publish('silent'));
    await clock.advanceBy(1500);
    await first;
    expect(ends).toEqual(['first TIMEOUT at 2000']);
    await clock.advanceBy(500);
    await second;
    const last = outcome('last', publish('silent'));
    await connection.close();
    await last;
    expect(ends.slice(1)).toEqual(['second TIMEOUT at 2500', 'last CONNECTION_CLOSED at 2500']);
    await expect(publish('taken.late')).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
  });
});
