import { createControllers } from '@mooring/core';
import { nats } from '@mooring/core/nats';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { moor } from '../packages/cli/test/support/test-shell.ts';
import { NatsServer } from '../packages/core/test/nats/nats-server.ts';
import { describeWithEngine } from './support/engines.ts';
import { moorDirectory, startMoor } from './support/moor.ts';
import type { Child } from './support/program.ts';

const limitMs = 120_000;

describeWithEngine(['nats-server'], 'moor on several hosts', () => {
  const dir = moorDirectory();
  const children: Child[] = [];
  let server: NatsServer;
  beforeAll(async () => {
    server = await NatsServer.start();
    dir.write(
      'moor.yaml',
      `cluster: shop\npreset: small\nimages: { busybox: }\nnats: { servers: [${server.url}] }\n`,
    );
  });
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await server[Symbol.asyncDispose]();
    dir.remove();
  });
  const start = (...args: readonly string[]) => {
    const child = startMoor(args, { cwd: dir.path });
    children.push(child);
    return child;
  };

  it('runs pods on an agent that controllers elsewhere have chosen', { timeout: limitMs }, async () => {
    const controllers = start('controllers', '--install');
    await controllers.says('controllers of cluster shop is up');
    const agent = start(
      'agent',
      '--node',
      'web-1',
      '--data-dir',
      'agent',
      '--on-exit',
      'stop',
      '--listen',
      '127.0.0.1:0',
    );
    await agent.says('agent of node web-1 is up');
    await using client = await createControllers({
      name: 'shop',
      plugins: [],
      transport: nats({ servers: server.url }),
      preset: 'small',
      controllers: false,
      scheduler: false,
    });
    const command = ['sh', '-c', 'while :; do sleep 0.1; done'];
    const template = {
      metadata: { labels: { app: 'web' } },
      spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image: 'busybox', command }] },
    };
    await client.apply({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name: 'web', namespace: 'default' },
      spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template },
    } as never);
    await client.waitFor('ReplicaSet/default/web', 'Available', { timeoutMs: limitMs });
    const pods = await client.list('Pod');
    expect(pods.map(({ spec }) => spec.nodeName)).toEqual(['web-1', 'web-1']);

    // A second one of that name would run them twice.
    const twin = await moor(['agent', '--node', 'web-1', '--data-dir', 'twin'], { cwd: dir.path });
    expect(twin).toMatchObject({ exitCode: 4, out: '', err: expect.stringContaining('web-1') });

    controllers.kill('SIGTERM');
    expect((await controllers.end).exitCode).toBe(0);

    // Cut off, it says that it is not ready, and why; it lives, and can be stopped.
    const [url = ''] = /http:\S+(?=\/readyz)/.exec(agent.said()) ?? [];
    const answer = async (path: string) => await (await fetch(`${url}${path}`)).text();
    expect(await answer('/readyz')).toBe('ok');
    expect(await answer('/metrics')).toMatch(/^mooring_container_starts_total 2$/m);
    await client.close();
    await server.down();
    await vi.waitUntil(async () => (await answer('/readyz')).includes('[-]store failed: '), {
      timeout: limitMs,
    });
    expect(await answer('/livez')).toBe('ok');
    agent.kill('SIGTERM');
    expect((await agent.end).exitCode).toBe(0);
  });

  it('says what to do when there is no server', async () => {
    const words = ['agent', '--nats-servers', 'nats://127.0.0.1:1', '--data-dir', 'nowhere'];
    const { exitCode, err } = await moor(words, { cwd: dir.path });
    expect(exitCode).toBe(3);
    expect(err).toContain('NATS at nats://127.0.0.1:1 cannot be reached');
  });
});
