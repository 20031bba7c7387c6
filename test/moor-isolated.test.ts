/** A cluster of `moor` in processes, whose node sees nothing but its own pods: kubectl reads and enters them all the same. */

import { readFileSync } from 'node:fs';
import { natsServerConfig } from '@mooring/core/nats';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { NatsServer } from '../packages/core/test/nats/nats-server.ts';
import { currentKubectl, describeWithEngine } from './support/engines.ts';
import { Kubectl } from './support/kubectl.ts';
import { moorDirectory, startMoor } from './support/moor.ts';
import type { Child } from './support/program.ts';

const limitMs = 120_000;

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web' },
  spec: {
    terminationGracePeriodSeconds: 1,
    containers: [
      { name: 'main', image: 'busybox', command: ['sh', '-c', 'echo hello; while :; do sleep 0.1; done'] },
      { name: 'other', image: 'api:2', args: ['serve'] },
    ],
  },
};

describeWithEngine(['nats-server', 'kubectl-current'], 'moor with an isolated node', () => {
  const dir = moorDirectory();
  const children: Child[] = [];
  let server: NatsServer;
  let kubectl: Kubectl;
  const start = async (what: string, ...args: readonly string[]) => {
    const child = startMoor([...args, '--config', 'moor.yaml'], { cwd: dir.path });
    children.push(child);
    await child.says(what);
  };

  beforeAll(async () => {
    const { text, users } = natsServerConfig({ nodes: ['web-1'] });
    server = await NatsServer.start({ config: text.slice(text.indexOf('system_account')) });
    for (const { node = 'control-plane', ...user } of users)
      dir.write(`${node}.json`, JSON.stringify(node === 'control-plane' ? user : { ...user, node }));
    dir.write('moor.yaml', `preset: small\nimages: { busybox: }\nnats: { servers: [${server.url}] }\n`);
    const ofControlPlane = ['--nats-credentials', 'control-plane.json', '--data-dir', 'control-plane'];
    await start('is up', 'controllers', '--install', '--serve-nodes', ...ofControlPlane);
    await Promise.all([
      start('is up', 'agent', '--nats-credentials', 'web-1.json', '--data-dir', 'web-1', '--on-exit', 'stop'),
      start('is up', 'apiserver', '--api-listen', '127.0.0.1:0', ...ofControlPlane),
    ]);
    const [, url = ''] =
      /server: (\S+)/.exec(readFileSync(`${dir.path}/control-plane/kubeconfig`, 'utf8')) ?? [];
    kubectl = new Kubectl(currentKubectl(), url);
    const applied = await kubectl.run(['apply', '-f', '-'], { input: JSON.stringify(pod) });
    expect(applied).toMatchObject({ exitCode: 0 });
    const isRunning = ['get', 'pod', 'web', '-o', 'jsonpath={.status.containerStatuses[0].ready}'];
    await vi.waitUntil(async () => (await kubectl.run(isRunning)).stdout === 'true', {
      timeout: limitMs,
      interval: 500,
    });
  }, 2 * limitMs);

  afterAll(async () => {
    // The agent stops its containers on the way out.
    for (const child of children.toReversed()) {
      child.kill('SIGTERM');
      await child.end;
    }
    kubectl?.[Symbol.dispose]();
    await server?.[Symbol.asyncDispose]();
    dir.remove();
  }, limitMs);

  it('shows logs', { timeout: limitMs }, async () => {
    expect(await kubectl.run(['logs', 'web', '-c', 'main'])).toMatchObject({
      exitCode: 0,
      stdout: 'hello\n',
    });
  });

  it('runs commands, with input and exit codes', { timeout: limitMs }, async () => {
    const command = ['sh', '-c', 'read word; echo "$word there"; exit 3'];
    const ended = await kubectl.run(['exec', '-i', 'web', '-c', 'main', '--', ...command], {
      input: 'who is\n',
    });
    expect(ended).toMatchObject({ exitCode: 3, stdout: 'who is there\n' });
  });

  it('says how the program of an image is given', { timeout: limitMs }, async () => {
    const why = await kubectl.run([
      'get',
      'pod',
      'web',
      '-o',
      'jsonpath={.status.containerStatuses[1].state.waiting.message}',
    ]);
    expect(why.stdout).toContain("or `moor agent --image 'api:2=PROGRAM ARGUMENTS'`");
  });
});
