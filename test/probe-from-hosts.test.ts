/** Probes of another host, with agents in processes of their own and real processes as containers. */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, createControllers, type Pod } from '@mooring/core';
import { installNatsStore, nats } from '@mooring/core/nats';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { NatsServer } from '../packages/core/test/nats/nats-server.ts';
import { describeWithEngine } from './support/engines.ts';
import { type Child, startProgram } from './support/program.ts';
import { removeFolder } from './support/remove-folder.ts';
import { shareTranspiled } from './support/transpiled.ts';

const limitMs = 60_000;
const root = join(import.meta.dirname, '..');
const probe = { httpGet: { port: 8080 }, periodSeconds: 1 };
const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'default', annotations: { 'mooring.dev/probe-from': 'node-b' } },
  spec: {
    nodeName: 'node-a',
    terminationGracePeriodSeconds: 1,
    containers: [{ name: 'main', image: 'web', readinessProbe: probe, livenessProbe: probe }],
  },
};

describeWithEngine(['nats-server'], 'a probe from another host', () => {
  let server: NatsServer;
  let dir: string;
  const agents: Child[] = [];
  beforeEach(async () => {
    server = await NatsServer.start();
    dir = mkdtempSync(join(tmpdir(), 'mooring-probe-from-'));
    shareTranspiled(dir);
  });
  afterEach(async () => {
    for (const agent of agents) agent.kill('SIGTERM');
    await Promise.all(agents.map(({ end }) => end));
    await server[Symbol.asyncDispose]();
    removeFolder(dir);
  });

  function host(name: string): Child {
    const script = join(root, 'test/fixtures/probe-from/agent.ts');
    const args = ['--import', 'tsx', '--conditions=@mooring/source', script, name, server.url];
    const agent = startProgram(process.execPath, args, { cwd: root, env: { ...process.env, TMPDIR: dir } });
    agents.push(agent);
    return agent;
  }

  it('comes from there until that host is killed, then from here', { timeout: 3 * limitMs }, async () => {
    await installNatsStore({ servers: server.url, bytesMax: 32 * 1024 * 1024 });
    const [a, b] = [host('node-a'), host('node-b')];
    await Promise.all([a.says('node-a is up'), b.says('node-b is up')]);
    const client = { plugins: [], transport: nats({ servers: server.url }) };
    await using cluster = await createControllers({ ...client, controllers: false, scheduler: false });
    await cluster.apply(pod);
    await vi.waitUntil(async () => (await lastProbeOf(cluster)) === 'probe-of/node-b', { timeout: limitMs });
    await cluster.waitFor('Pod/default/web', 'Ready', { timeoutMs: limitMs });
    const before = await containerOf(cluster);
    b.kill('SIGKILL');
    await vi.waitUntil(async () => (await lastProbeOf(cluster)) === 'probe-of/node-a', { timeout: limitMs });
    const lost = async () =>
      (await cluster.events('Pod/default/web')).filter(({ reason }) => reason === 'ProbeVantageLost');
    await vi.waitUntil(async () => (await lost()).length === 2, { timeout: limitMs });
    expect((await lost()).map(({ message, count }) => `${count} ${message}`).toSorted()).toEqual([
      // Or it was killed with a question in its hands.
      expect.stringMatching(
        /^1 Liveness probe is made on node-a itself: node-b: no (?:agent is there|answer)$/,
      ),
      expect.stringMatching(
        /^1 Readiness probe is made on node-a itself: node-b: no (?:agent is there|answer)$/,
      ),
    ]);
    expect(await containerOf(cluster)).toEqual(before);
  });
});

async function containerOf(cluster: Cluster) {
  const status = (await cluster.get('Pod', 'default', 'web'))?.status?.containerStatuses?.[0];
  return { id: status?.containerID, ready: status?.ready, restarts: status?.restartCount };
}

async function lastProbeOf(cluster: Cluster): Promise<string> {
  const ip = (await cluster.get('Pod', 'default', 'web'))?.status?.podIP;
  if (ip === undefined) return '';
  try {
    return await (await fetch(`http://${ip}:8080/seen`)).text();
  } catch {
    // It does not listen yet.
    return '';
  }
}
