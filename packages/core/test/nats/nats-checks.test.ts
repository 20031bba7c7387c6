import { DiscardPolicy, RetentionPolicy, type StreamConfig } from 'nats';
import { describe, expect, it } from 'vitest';
import { describeWithEngine, replicatedNatsServer } from '../../../../test/support/engines.ts';
import { connectNats } from '../../src/bus/nats-connection.ts';
import { hasCode } from '../../src/contract/error.ts';
import { type Logger, silentLogger } from '../../src/contract/logger.ts';
import { systemClock, systemRandom } from '../../src/engine/system-clock.ts';
import { installNatsStore, nats } from '../../src/nats.ts';
import {
  checkBucketConfig,
  checkPurge,
  checkServerVersion,
  testCompareAndSwap,
} from '../../src/store/nats-checks.ts';
import { NatsServer } from './nats-server.ts';

describe('the version gate', () => {
  it.each([
    ['2.9.10', 1],
    ['2.10.27', 1],
    ['2.14.0', 3],
    ['2.15.0-RC.1', 3],
    ['3.0.0', 3],
  ])('lets %s pass with %i copies', (version, replicas) => {
    expect(() => checkServerVersion(version, { replicas })).not.toThrow();
  });

  it.each([
    ['2.9.10', 3, 'loses acknowledged writes'],
    ['2.10.27', 3, '2.14.0 or later is needed'],
    ['2.13.9', 3, 'loses acknowledged writes'],
    ['2.8.4', 1, 'is not supported'],
    ['', 1, 'is not supported'],
  ])('refuses %s with %i copies', (version, replicas, words) => {
    expect(() => checkServerVersion(version, { replicas })).toThrow(words);
  });

  it('lets an unsafe server pass when that is wanted', () => {
    expect(() => checkServerVersion('2.9.10', { replicas: 3, acceptUnsafeServers: true })).not.toThrow();
  });
});

describe('a purge', () => {
  const check = (version: string, bytes: number, max_bytes: number) =>
    checkPurge(version, { config: { max_bytes }, state: { bytes } });

  it.each([
    ['2.9.10', 799, 1000],
    ['2.9.10', 5000, -1],
    ['2.10.0', 1000, 1000],
    ['2.15.1', 1000, 1000],
  ])('is made with %s where %i bytes of %i are taken', (version, bytes, max) => {
    expect(() => check(version, bytes, max)).not.toThrow();
  });

  it.each([
    ['2.9.10', 800, 1000],
    ['2.9.25', 1000, 1000],
    ['', 1000, 1000],
  ])('is not made with %j where %i bytes of %i are taken', (version, bytes, max) => {
    expect(() => check(version, bytes, max)).toThrow(/may lose objects.*2\.10\.0 or later/);
  });
});

describe('the settings of a bucket', () => {
  const ours = {
    subjects: ['$KV.b.>'],
    max_age: 0,
    max_bytes: 1000,
    max_msgs: -1,
    discard: DiscardPolicy.New,
    retention: RetentionPolicy.Limits,
  };
  const check = (more: object) => checkBucketConfig('b', { ...ours, ...more } as unknown as StreamConfig);

  it('are taken as we make them, and as others do who lose nothing', () => {
    for (const more of [{}, { max_msgs_per_subject: 1 }, { discard: DiscardPolicy.Old, max_bytes: -1 }])
      expect(() => check(more)).not.toThrow();
  });

  it.each([
    [{ max_age: 1 }, 'max_age'],
    [{ discard: DiscardPolicy.Old }, 'discard must be new'],
    [{ discard: DiscardPolicy.Old, max_bytes: -1, max_msgs: 10 }, 'discard must be new'],
    [{ retention: RetentionPolicy.Workqueue }, 'retention must be limits'],
    [{ no_ack: true }, 'no_ack'],
    [{ sealed: true }, 'sealed'],
    [{ subjects: ['$KV.c.>'] }, 'does not take $KV.b.>'],
  ])('%j are refused', (more, words) => {
    expect(() => check(more)).toThrow(words);
  });
});

describeWithEngine(['nats-server'], 'the self-test of the compare-and-swap', () => {
  it('passes on a server that is alone, and leaves nothing behind', async () => {
    await using server = await NatsServer.start();
    const connect = () => connectNats({ servers: server.url }, { noEcho: false, logger: silentLogger });
    const connections = await Promise.all([connect(), connect(), connect(), connect()]);
    const result = await testCompareAndSwap(connections, { replicas: 1, random: systemRandom });
    expect(result.lost).toBe(0);
    expect(result.acknowledged).toBeGreaterThanOrEqual(400);
    const manager = await connections[0]?.jetstreamManager();
    expect(await manager?.streams.list().next()).toEqual([]);
    for (const connection of connections) await connection.close();
  });
});

describeWithEngine(['nats-server'], 'the transport', () => {
  const context = { cluster: 'my.cluster', clock: systemClock, random: systemRandom, logger: silentLogger };

  it('opens what was installed, and nothing else', async () => {
    await using server = await NatsServer.start();
    const transport = nats({ servers: server.url });
    await expect(transport.open(context)).rejects.toSatisfy((error) => hasCode(error, 'STORE_MISSING'));
    await installNatsStore({ servers: server.url, cluster: 'my.cluster', bytesMax: 10_000_000 });
    await installNatsStore({ servers: server.url, cluster: 'my.cluster' });
    await using open = await transport.open(context);
    expect(await open.store.create('a/b', { n: 1 })).toBeGreaterThan(0);
  });

  it('says that a server without JetStream is of no use', async () => {
    await using server = await NatsServer.start({ plain: true });
    await expect(nats({ servers: server.url, install: true }).open(context)).rejects.toThrow(
      /nobody answers for JetStream \(503\).*\(-js\)/,
    );
    await expect(installNatsStore({ servers: server.url })).rejects.toMatchObject({
      code: 'TRANSPORT_UNAVAILABLE',
      message: expect.stringMatching(/nobody answers for JetStream \(503\).*\(-js\)/),
    });
  });

  it('says that a user may not use JetStream', async () => {
    const guest = '{ user: guest, password: p, permissions: { publish: "mooring.>" } }';
    await using server = await NatsServer.start({ config: `authorization { users: [ ${guest} ] }` });
    await expect(
      installNatsStore({ servers: server.url, user: 'guest', password: 'p' }),
    ).rejects.toMatchObject({
      code: 'TRANSPORT_UNAVAILABLE',
      message: expect.stringContaining('this user has to be allowed to use it'),
    });
  });

  it('says that a server takes smaller messages than objects may need, and refuses those in words', async () => {
    await using server = await NatsServer.start({ config: 'max_payload: 20KB' });
    const warnings: object[] = [];
    const logger: Logger = { ...silentLogger, warn: (fields) => void warnings.push(fields) };
    const transport = nats({ servers: server.url, install: { bytesMax: 10_000_000 } });
    await using open = await transport.open({ ...context, logger });
    expect(warnings).toContainEqual({ component: 'nats', payloadMax: 20 * 1024, wanted: 512 * 1024 });
    await expect(open.store.create('a/b', { large: 'x'.repeat(30_000) })).rejects.toMatchObject({
      code: 'VALUE_TOO_LARGE',
    });
  });
});

describeWithEngine(['nats-server', 'nats-cluster'], 'servers of the wrong age', () => {
  it('are refused where copies are wanted', async () => {
    await using old = await NatsServer.start();
    const version = old.log.match(/Version: +(\S+)/)?.[1] ?? '';
    if (version.startsWith('2.9.')) {
      const install = installNatsStore({ servers: old.url, replicas: 3 });
      await expect(install).rejects.toSatisfy((error) => hasCode(error, 'TRANSPORT_REFUSED'));
    }
    await using young = await NatsServer.start({ program: replicatedNatsServer() });
    // New enough, but alone: the server itself says so.
    await expect(installNatsStore({ servers: young.url, replicas: 3 })).rejects.toThrow(/replicas > 1/);
  });
});
