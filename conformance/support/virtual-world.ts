/** A cluster of one node on the fake runtime, in virtual time. */

import { createCluster, type Random } from '@mooring/core';
import { MemoryDisk, memoryVolumes, TestClock } from '@mooring/core/testing';
import { execProbe } from '@mooring/probe-exec';
import { fakeProbes, fakeRuntime, scenarioImages } from '@mooring/runtime-fake';
import { ClusterWorld } from './cluster-world.ts';
import type { World } from './world.ts';

export async function virtualWorld(kinds: readonly string[]): Promise<World> {
  const clock = new TestClock();
  const disk = new MemoryDisk();
  const fake = fakeRuntime({ images: scenarioImages, files: disk });
  const cluster = await createCluster({
    plugins: [fake, fakeProbes(fake), execProbe()],
    nodes: [{ name: 'node-a' }],
    clock,
    random: countingRandom(),
    volumes: () => memoryVolumes(disk),
  });
  return new ClusterWorld({
    cluster,
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
}

/** Never the same UUID, always the same order: a scenario that fails does so again. */
function countingRandom(): Random {
  let count = 0;
  return {
    next: () => 0.5,
    uuid: () => `00000000-0000-4000-8000-${String(++count).padStart(12, '0')}`,
  };
}
