/** What a cluster on three NATS servers lives through: one of them at a time is paused, restarted, or loses its disk. */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Cluster, createAgent, createControllers, MooringError, type StoredPod } from '@mooring/core';
import { installNatsStore, nats } from '@mooring/core/nats';
import { memoryVolumes } from '@mooring/core/testing';
import { fakeRuntime } from '@mooring/runtime-fake';
import { connect, type NatsConnection } from 'nats';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { NatsCluster } from '../packages/core/test/nats/nats-cluster.ts';
import type { NatsServer } from '../packages/core/test/nats/nats-server.ts';
import { describeWithEngine } from './support/engines.ts';
import { isReady, replicaSet } from './support/web-pods.ts';

/** A new leader is chosen within about 8 s, now and then only after 24 s, and once after more than 30 s. */
const timing = { timeout: 150_000 };

describeWithEngine(['nats-cluster'], 'a cluster on three servers', () => {
  const runtime = fakeRuntime();
  let servers: NatsCluster;
  let client: NatsConnection;
  let control: Cluster;
  let node: Cluster;
  let replicas = 0;

  beforeAll(async () => {
    servers = await NatsCluster.start();
    const { urls } = servers;
    const install = () => installNatsStore({ servers: urls, replicas: 3, bytesMax: 32 * 1024 * 1024 });
    // A stream that was made a moment ago may have no leader yet.
    await vi.waitFor(install, { timeout: 60_000, interval: 500 });
    client = await connect({ servers: [...urls], reconnectTimeWait: 100, maxReconnectAttempts: -1 });
    const transport = () => nats({ servers: urls, silenceMsMax: 3000 });
    control = await createControllers({ plugins: [], transport: transport() });
    node = await createAgent({
      name: 'node-a',
      plugins: [runtime],
      transport: transport(),
      volumes: () => memoryVolumes(),
    });
    await control.apply([replicaSet(0)] as never);
  }, timing.timeout);
  afterAll(async () => {
    await node?.detach();
    await control?.detach();
    await client?.close();
    await servers?.[Symbol.asyncDispose]();
  });

  const pods = () => control.list('Pod', 'default');
  const running = () => [...runtime.host('node-a').containers.values()].filter(({ isRunning }) => isRunning);

  /** One pod more is wanted, made, run and reported; those that were there are as they were. */
  async function grow(): Promise<void> {
    const before = await pods();
    replicas += 1;
    await want(replicas);
    await vi.waitUntil(async () => (await pods()).filter(isReady).length === replicas, timing);
    const after = await pods();
    expect(after).toHaveLength(replicas);
    expect(running()).toHaveLength(replicas);
    for (const { metadata } of before) expect(after.map(uidOf)).toContain(metadata.uid);
    for (const { status } of after) expect(status?.containerStatuses?.[0]?.restartCount).toBe(0);
  }

  /** Servers without a leader for long leave the outcome of a write unknown; whoever asks for the same again loses nothing. */
  async function want(replicas: number): Promise<void> {
    const patch = () => control.patch('ReplicaSet/default/web', { spec: { replicas } });
    await patch().catch((error: unknown) => {
      if (error instanceof MooringError && error.code === 'OUTCOME_UNKNOWN') return patch();
      throw error;
    });
  }

  const leading = async (): Promise<NatsServer> => {
    await servers.caughtUp();
    const manager = await client.jetstreamManager({ timeout: 2000, checkAPI: false });
    const leader = await vi.waitUntil(
      async () => (await manager.streams.info('KV_mooring').catch(() => undefined))?.cluster?.leader,
      { ...timing, interval: 100 },
    );
    const server = servers.servers[Number(leader.slice(1))];
    if (server === undefined) throw new Error(`no server ${leader}`);
    return server;
  };

  it('goes on when the server that leads is paused, and when it is back', timing, async () => {
    await grow();
    const server = await leading();
    server.freeze();
    await grow();
    server.freeze(false);
    await grow();
  });

  it('goes on while the servers are restarted one after the other', timing, async () => {
    for (const server of servers.servers) {
      await servers.caughtUp();
      await server.down('SIGTERM');
      await grow();
      await server.up();
    }
    await grow();
  });

  it('goes on when one server loses its disk, and when another one is lost after that', timing, async () => {
    const [first, second] = servers.servers;
    if (first === undefined || second === undefined) throw new Error('three servers were started');
    await servers.caughtUp();
    await first.down();
    rmSync(join(first.dir, 'data'), { recursive: true });
    await first.up();
    await servers.caughtUp();
    await second.down();
    await grow();
  });
});

function uidOf({ metadata }: StoredPod): string {
  return metadata.uid;
}
