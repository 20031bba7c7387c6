import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { type ApiObject, type Cluster, type ClusterOptions, createCluster } from '@mooring/core';
import { memoryVolumes } from '@mooring/core/testing';
import { fakeRuntime } from '@mooring/runtime-fake';
import { afterEach, describe, expect, test, vi } from 'vitest';

let cluster: Cluster;
let holder: Server | undefined;
afterEach(async () => {
  await cluster.close();
  holder?.close();
});

const clusterIP = `127.111.${process.pid % 256}.7`;
const address = 'service/default/web/8080';
const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default' },
  spec: { clusterIP, ports: [{ port: 8080 }] },
} as ApiObject;

async function begin(isReachable: boolean, options: Partial<ClusterOptions> = {}): Promise<void> {
  const fake = fakeRuntime({ capabilities: { reachable: isReachable } });
  cluster = await createCluster({ plugins: [fake], volumes: () => memoryVolumes(), ...options });
  await cluster.apply(service);
}

/** What the actor of the address is at last. */
async function stateIs(want: object | string): Promise<void> {
  const look = async () => expect(await cluster.actor(address).snapshot()).toMatchObject({ value: want });
  await vi.waitFor(look, { timeout: 10_000, interval: 20 });
}

describe('the address of a Service', () => {
  test('is open where pods can be reached, and closed with the cluster', async () => {
    await begin(true);
    await stateIs({ serving: 'open' });
    await cluster.close();
    holder = createServer().listen({ host: clusterIP, port: 8080 });
    await once(holder, 'listening');
  });

  test('that is taken is told in an event, and opened once it is free', async () => {
    holder = createServer().listen({ host: clusterIP, port: 8080 });
    await once(holder, 'listening');
    await begin(true);
    await stateIs('waiting');
    const told = async () =>
      expect(await cluster.events('Service/default/web')).toMatchObject([
        {
          type: 'Warning',
          reason: 'FailedToListen',
          message: `cannot listen on ${clusterIP}:8080: listen EADDRINUSE: address already in use ${clusterIP}:8080`,
          source: { component: 'service-proxy' },
        },
      ]);
    await vi.waitFor(told, { timeout: 10_000, interval: 20 });
    holder.close();
    await stateIs({ serving: 'open' });
  });

  test.each([
    ['the pods cannot be reached', false, {}],
    ['it is not wanted', true, { serviceProxy: false }],
  ] as const)('is given and nobody listens at it where %s', async (_, isReachable, options) => {
    await begin(isReachable, options);
    await expect(cluster.actor(address).snapshot()).rejects.toMatchObject({ code: 'NO_SUCH_ACTOR' });
    holder = createServer().listen({ host: clusterIP, port: 8080 });
    await once(holder, 'listening');
  });
});
