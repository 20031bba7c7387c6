/** A cluster of one node on the fake runtime, in virtual time. */

import { createCluster } from '@mooring/core';
import { MemoryDisk, memoryVolumes, SeededRandom, TestClock } from '@mooring/core/testing';
import { execProbe } from '@mooring/probe-exec';
import { fakeProbes, fakeRuntime } from '@mooring/runtime-fake';
import { ClusterWorld } from './cluster-world.ts';
import type { SeenObject } from './history.ts';
import { imagesInWords } from './image-in-words.ts';
import { podQuota } from './pod-quota.ts';
import type { World } from './world.ts';

/** `images`: what those do that the scenario names, in words. */
export async function virtualWorld(
  kinds: readonly string[],
  images: Readonly<Record<string, string>> = {},
): Promise<World> {
  const clock = new TestClock();
  const disk = new MemoryDisk();
  const fake = fakeRuntime({ images: imagesInWords(images), files: disk });
  const quota = podQuota({
    now: () => uidsOf(world.history.all('Pod')),
    ever: () => uidsOf(world.history.ever('Pod')),
  });
  const cluster = await createCluster({
    plugins: [fake, fakeProbes(fake), execProbe(), quota.plugin],
    nodes: [{ name: 'node-a' }],
    clock,
    random: new SeededRandom('scenario'),
    volumes: () => memoryVolumes(disk),
  });
  const world = new ClusterWorld({
    cluster,
    limitPods: quota.limit,
    kinds,
    time: {
      nowMs: () => clock.now(),
      waitUntil: (condition, limitMs) => clock.advanceUntil(condition, limitMs),
    },
    async fetchBody(podIP, port) {
      const request = { method: 'GET', url: new URL(`http://${podIP}:${port}/`), headers: {} };
      const response = await fake.network.connect(podIP, port)?.http?.(request);
      return response?.status === 200 ? (response.body ?? '') : undefined;
    },
  });
  return world;
}

function uidsOf(objects: readonly SeenObject[]): readonly string[] {
  return objects.map(({ metadata }) => metadata.uid ?? '');
}
