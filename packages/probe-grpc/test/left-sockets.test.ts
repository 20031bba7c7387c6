import { connect, type Socket } from 'node:net';
import { FieldPath, type ProbeAttempt } from '@mooring/core';
import { fakeTarget, planConformance, proberConformance } from '@mooring/core/testing';
import { describe, expect, test } from 'vitest';
import { grpcProber } from '../src/index.ts';
import { withOwnedSockets } from '../src/owned-sockets.ts';
import { deaf, deafSkipReason, startSilentServer, watchSockets } from './mute-servers.ts';

describe('a server that neither accepts nor refuses', () => {
  const never = () => Promise.reject(new Error('not asked for by the cases of an abort'));
  const context = { prober: () => grpcProber(), healthy: never, unhealthy: never, silent: deaf, bad: [] };
  const ofAborts = proberConformance.filter((c) => c.name.includes('abort'));
  // A name that changes in the kit must not silence this.
  expect(ofAborts.map((c) => c.name)).toContain('leaves nothing open behind an abort');
  for (const c of planConformance(ofAborts, context))
    test.skipIf(deafSkipReason ?? c.skipReason)(c.name, () => c.run());
});

test.each([
  { name: 'ticks', hop: () => new Promise<void>((resolve) => process.nextTick(resolve)) },
  { name: 'turns of the event loop', hop: nextTurn },
])('an abort after any number of $name leaves no socket', async ({ hop }) => {
  await using server = await startSilentServer();
  using watched = watchSockets();
  const attempt = attemptAt(server.port);
  for (let hops = 0; hops < 30; hops += 1) {
    const controller = new AbortController();
    const result = attempt(fakeTarget(), controller.signal);
    for (let hopped = 0; hopped < hops; hopped += 1) await hop();
    controller.abort(new Error('timeout'));
    expect(await result).toMatchObject({ outcome: 'failure' });
  }
  // An attempt that ended before it began to connect may begin now.
  for (let turn = 0; turn < 20; turn += 1) await nextTurn();
  expect(watched.sockets).not.toEqual([]);
  await expect.poll(() => watched.sockets.filter((socket) => !socket.destroyed)).toEqual([]);
});

test('one attempt is one connection', async () => {
  await using server = await startSilentServer();
  const controller = new AbortController();
  const result = attemptAt(server.port)(fakeTarget(), controller.signal);
  await expect.poll(() => server.open).toBe(1);
  controller.abort(new Error('timeout'));
  await result;
  await expect.poll(() => server.open).toBe(0);
  expect(server.accepted).toBe(1);
});

describe('withOwnedSockets', () => {
  test('gives back what the work gives, and ends its sockets only', async () => {
    await using server = await startSilentServer();
    const other = connect(server.port, '127.0.0.1');
    const own: Socket[] = [];
    const work = async () => {
      own.push(connect(server.port, '127.0.0.1'));
      await nextTurn();
      own.push(connect(server.port, '127.0.0.1'));
      return 'done';
    };
    let closes = 0;
    expect(await withOwnedSockets(work, () => (closes += 1))).toBe('done');
    expect([closes, ...own.map((socket) => socket.destroyed)]).toEqual([1, true, true]);
    expect(other.destroyed).toBe(false);
    other.destroy();
  });

  test('ends them when the work fails', async () => {
    await using server = await startSilentServer();
    using watched = watchSockets();
    const work = async () => {
      connect(server.port, '127.0.0.1');
      throw new Error('broken');
    };
    await expect(withOwnedSockets(work, () => {})).rejects.toThrow('broken');
    expect(watched.sockets.map((socket) => socket.destroyed)).toEqual([true]);
  });

  test('ends what is begun after the work, and closes again', async () => {
    await using server = await startSilentServer();
    using watched = watchSockets();
    let closes = 0;
    const work = async () => {
      setImmediate(() => connect(server.port, '127.0.0.1'));
    };
    await withOwnedSockets(work, () => (closes += 1));
    expect([closes, watched.sockets]).toEqual([1, []]);
    await expect.poll(() => watched.sockets.map((socket) => socket.destroyed)).toEqual([true]);
    expect(closes).toBe(2);
  });
});

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function attemptAt(port: number): ProbeAttempt {
  const compiled = grpcProber().compile({ port }, new FieldPath('grpc'));
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.errors));
  return compiled.value;
}
