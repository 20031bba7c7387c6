/** Streams to agents in processes of their own, over NATS: one that is trusted, and one behind a gateway. */

import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApiServer } from '@mooring/apiserver';
import { type Cluster, createControllers, type NodeStream, type Pod } from '@mooring/core';
import { nats, natsServerConfig, serveNodes } from '@mooring/core/nats';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { silentLogger } from '../packages/core/src/contract/logger.ts';
import { systemClock, systemRandom } from '../packages/core/src/engine/system-clock.ts';
import { NatsServer } from '../packages/core/test/nats/nats-server.ts';
import { describeWithEngine } from './support/engines.ts';
import { type Child, startProgram } from './support/program.ts';
import { removeFolder } from './support/remove-folder.ts';
import { shareTranspiled } from './support/transpiled.ts';

const limitMs = 90_000;
const root = join(import.meta.dirname, '..');
const nodes = ['trusted', 'isolated'] as const;
type Node = (typeof nodes)[number];

const podOn = (node: Node): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `on-${node}`, namespace: 'default' },
  spec: {
    nodeName: node,
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'main', image: 'sh', args: ['echo ready; exec sleep 100000'] }],
  },
});

describeWithEngine(['nats-server'], 'streams over NATS', () => {
  const endings: (() => void | PromiseLike<void>)[] = [];
  const opened = <T extends AsyncDisposable>(one: T): T => {
    endings.push(() => one[Symbol.asyncDispose]());
    return one;
  };
  const agents = new Map<Node, Child>();
  const forever = new AbortController().signal;
  let control: Cluster;
  let gatewayCounts: () => object;

  beforeAll(async () => {
    const { text, users } = natsServerConfig({ nodes: ['isolated'] });
    const server = opened(await NatsServer.start({ config: text.slice(text.indexOf('system_account')) }));
    const login = (node?: Node) => {
      const nkeySeed = users.find((user) => user.node === node)?.nkeySeed ?? '';
      return { servers: server.url, nkeySeed };
    };
    const transport = nats({ ...login(), install: { bytesMax: 32 * 1024 * 1024 } });
    control = opened(await createControllers({ plugins: [], transport }));
    const context = { cluster: 'mooring', clock: systemClock, random: systemRandom, logger: silentLogger };
    const carriers = opened(await transport.open(context));
    const gateway = opened(await serveNodes({ ...login(), ...carriers }));
    gatewayCounts = () => gateway.stats();
    const folder = mkdtempSync(join(tmpdir(), 'mooring-streams-'));
    shareTranspiled(folder);
    endings.push(() => removeFolder(folder));
    const start = (node: Node, options: object) => {
      const script = join(root, 'test/fixtures/streams/agent.ts');
      const args = ['--import', 'tsx', '--conditions=@mooring/source', script, node, JSON.stringify(options)];
      const env = { ...process.env, TMPDIR: folder };
      const agent = startProgram(process.execPath, args, { cwd: root, env });
      agents.set(node, agent);
      endings.push(async () => {
        agent.kill('SIGTERM');
        await agent.end;
      });
      return agent.says(`${node} is up`);
    };
    await Promise.all([
      start('trusted', login()),
      start('isolated', { ...login('isolated'), mode: { isolated: { node: 'isolated' } } }),
    ]);
    await control.apply(nodes.map(podOn));
    const ready = nodes.map((node) =>
      control.waitFor(`Pod/default/on-${node}`, 'Ready', { timeoutMs: limitMs }),
    );
    await Promise.all(ready);
  }, 2 * limitMs);

  afterAll(async () => {
    for (const end of endings.toReversed()) await end();
  }, limitMs);

  async function open(node: Node, script: string, signal = forever): Promise<NodeStream> {
    const { uid = '' } = (await control.get('Pod', 'default', `on-${node}`))?.metadata ?? {};
    const target = { namespace: 'default', podName: `on-${node}`, podUID: uid, container: 'main' };
    const wanted = { stdin: true, stdout: true, stderr: true, tty: false };
    const request = { type: 'exec', ...target, ...wanted, command: ['/bin/sh', '-c', script] } as const;
    return await control.streams.open(node, request, signal);
  }

  const runsThere = async (node: Node, command: string) =>
    (await control.exec({ pod: `on-${node}` }, ['pgrep', '-f', `^${command}`])).output !== '';

  for (const node of nodes) {
    it(`shows logs of the ${node} one`, { timeout: 2 * limitMs }, async () => {
      const lines: string[] = [];
      for await (const { text } of control.logs({ pod: `on-${node}` })) lines.push(text);
      expect(lines).toEqual(['ready']);
    });

    it(`brings megabytes to a command of the ${node} one and back`, { timeout: 2 * limitMs }, async () => {
      const bytes = randomBytes(4 * 1024 * 1024);
      const process = await open(node, 'cat; exit 9');
      const hash = createHash('sha256');
      const reading = (async () => {
        for await (const chunk of process.output) hash.update(chunk.bytes);
      })();
      await process.write(bytes);
      process.closeInput();
      await reading;
      expect(hash.digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'));
      expect(await process.exitCode()).toBe(9);
    });

    it(`ends a command of the ${node} one when nobody reads any more`, { timeout: 2 * limitMs }, async () => {
      const leaving = new AbortController();
      const command = `sleep ${node === 'trusted' ? 98_761 : 98_762}`;
      const process = await open(node, `exec ${command}`, leaving.signal);
      process.closeInput();
      await vi.waitUntil(() => runsThere(node, command), { timeout: limitMs });
      leaving.abort(new Error('gone'));
      await vi.waitUntil(async () => !(await runsThere(node, command)), { timeout: limitMs });
    });

    it(`says what the ${node} one has against it`, { timeout: 2 * limitMs }, async () => {
      await expect(control.exec({ pod: `on-${node}` }, ['no-such-program'])).rejects.toMatchObject({
        code: 'EXEC_FAILED',
      });
      await expect(control.exec({ pod: `on-${node}`, container: 'nobody' }, ['ls'])).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
    });
  }

  it('say what the containers of a node use', { timeout: 2 * limitMs }, async () => {
    for (const node of nodes) {
      const usage = await control.streams.usage(node, forever);
      expect(usage).toMatchObject([{ namespace: 'default', pod: `on-${node}`, container: 'main' }]);
      expect(usage[0]?.memoryBytes).toBeGreaterThan(10_000);
    }
  });

  it('break off when an agent is killed, and are refused while it is away', {
    timeout: 3 * limitMs,
  }, async () => {
    expect(gatewayCounts()).toEqual({ forgedReplies: 0, unreadable: 0, foreignFacts: 0 });
    await using server = await createApiServer({ cluster: control });
    const breaking = nodes.map(async (node) => {
      const process = await open(node, 'echo begun; exec sleep 100000');
      for await (const _ of process.output) agents.get(node)?.kill('SIGKILL');
    });
    const broken = { code: expect.stringMatching(/^(?:NO_SUCH_ACTOR|STREAM_BROKEN)$/) };
    await Promise.all(breaking.map((reading) => expect(reading).rejects.toMatchObject(broken)));
    const answer = await fetch(`${server.url}/api/v1/namespaces/default/pods/on-trusted/log`);
    expect([answer.status, await answer.json()]).toMatchObject([
      503,
      { reason: 'ServiceUnavailable', message: 'no agent answers for node trusted' },
    ]);
    expect(control.streams.size).toBe(0);
  });
});
