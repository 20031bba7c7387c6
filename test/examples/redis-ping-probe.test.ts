import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { FieldPath } from '@mooring/core';
import {
  fakeTarget,
  type ProberConformanceContext,
  type ProbeScene,
  planConformance,
  proberConformance,
} from '@mooring/core/testing';
import { describe, expect, test } from 'vitest';
import { redisPingProber } from '../../examples/redis-ping-probe/redis-ping.ts';

async function replying(reply: string | undefined): Promise<ProbeScene> {
  const sockets = new Set<Socket>();
  let pings = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('data', () => {
      pings += 1;
      if (reply !== undefined) socket.write(reply);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  let attempts = 0;
  const scene = {
    raw: { port },
    target: fakeTarget({ ports: [{ name: 'redis', containerPort: port }] }),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  if (reply !== undefined) return scene;
  const underWay = async () => {
    attempts += 1;
    await expect.poll(() => pings).toBeGreaterThanOrEqual(attempts);
  };
  return { ...scene, underWay };
}

const context: ProberConformanceContext = {
  prober: () => redisPingProber,
  healthy: () => replying('+PONG\r\n'),
  unhealthy: () => replying('-LOADING Redis is loading the dataset in memory\r\n'),
  silent: () => replying(undefined),
  namedPort: async () => ({ ...(await replying('+PONG\r\n')), raw: { port: 'redis' } }),
  impossible: async () => ({ ...(await replying('+PONG\r\n')), raw: { port: 'no-such-port' } }),
  async refused() {
    const scene = await replying(undefined);
    await scene[Symbol.asyncDispose]();
    return { raw: scene.raw, target: scene.target, [Symbol.asyncDispose]: () => Promise.resolve() };
  },
  bad: [
    { raw: {}, field: 'port' },
    { raw: { port: 'no port' }, field: 'port' },
  ],
};

describe('the probe of the example', () => {
  for (const c of planConformance(proberConformance, context))
    test.skipIf(c.skipReason)(c.name, () => c.run());
});

test('the server of the example loads, then answers', async () => {
  const script = join(import.meta.dirname, '../../examples/redis-ping-probe/fake-redis.mjs');
  const server = spawn(process.execPath, [script, '0', '300'], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [line] = await once(server.stdout, 'data');
    const port = Number(/port (\d+)/.exec(String(line))?.[1]);
    const compiled = redisPingProber.compile({ port }, FieldPath.root);
    if (!compiled.ok) throw new Error('refused');
    const probe = () => compiled.value(fakeTarget(), new AbortController().signal);
    expect(await probe()).toMatchObject({ outcome: 'failure', message: expect.stringContaining('LOADING') });
    await expect.poll(probe, { timeout: 5000 }).toEqual({ outcome: 'success', message: '+PONG' });
  } finally {
    server.kill('SIGKILL');
  }
});
