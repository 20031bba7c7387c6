/** A cluster of one node on real processes of this machine, in real time. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createCluster } from '@mooring/core';
import { execProbe } from '@mooring/probe-exec';
import { httpProbe } from '@mooring/probe-http';
import { tcpProbe } from '@mooring/probe-tcp';
import { processRuntime } from '@mooring/runtime-process';
import { ClusterWorld } from './cluster-world.ts';
import type { World } from './world.ts';

/** How often a condition is looked at. */
const pollMs = 50;

const program = (name: string) => [process.execPath, join(import.meta.dirname, 'images', `${name}.mjs`)];

export async function realWorld(kinds: readonly string[]): Promise<World> {
  const dataDir = await mkdtemp(join(tmpdir(), 'mooring-scenario-'));
  const images = {
    // Runs exactly the command that it is given.
    busybox: [],
    'scenario/pause': program('pause'),
    'scenario/web': program('web'),
    'scenario/liveness': program('liveness'),
  };
  const cluster = await createCluster({
    plugins: [processRuntime({ images }), execProbe(), httpProbe(), tcpProbe()],
    nodes: [{ name: 'node-a' }],
    dataDir,
  });
  const world = new ClusterWorld({ cluster, kinds, time: { nowMs: () => Date.now(), waitUntil }, fetchBody });
  return Object.assign(world, {
    async [Symbol.asyncDispose]() {
      await ClusterWorld.prototype[Symbol.asyncDispose].call(world);
      await rm(dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  });
}

async function waitUntil(condition: () => boolean | Promise<boolean>, limitMs: number): Promise<boolean> {
  const endMs = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() >= endMs) return false;
    await delay(pollMs);
  }
  return true;
}

async function fetchBody(podIP: string, port: number): Promise<string | undefined> {
  try {
    const response = await fetch(`http://${podIP}:${port}/`);
    return response.status === 200 ? await response.text() : undefined;
  } catch {
    // Nobody answers there yet: the check asks again.
    return undefined;
  }
}
