/**
 * An agent with many pods on the fake runtime and the real clock, in a process of its own, so that its heap, its CPU time
 * and the delays of its event loop are nobody else's. Arguments: number of pods, seconds to watch them.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { createAgent, defineProber, type Plugin } from '@mooring/core';
import { memoryVolumes } from '@mooring/core/testing';
import { fakeRuntime } from '@mooring/runtime-fake';
import { type Census, collectedHeapBytes, cpuMsSince, probePeriodSeconds, watched } from './census.ts';
import { ready, report } from './conversation.ts';

const [pods = 1000, seconds = 20] = process.argv.slice(2).map(Number);

/** What it takes to start them, before anything is measured at rest. */
const startLimitMs = 180_000;
const settleMs = 15_000;
const pollMs = 500;

let probes = 0;

/** A probe that costs nothing: what is measured is everything around it. */
const nullProbe: Plugin = {
  name: 'null-probe',
  core: '^0.1.0',
  register(registry) {
    registry.addProber(
      defineProber({
        handler: 'nothing',
        parse: () => ({ ok: true, value: {} }),
        probe: async () => {
          probes += 1;
          return { outcome: 'success', message: '' };
        },
      }),
    );
  },
};

const emptyHeapBytes = collectedHeapBytes();
const agent = await createAgent({
  name: 'node-a',
  plugins: [fakeRuntime(), nullProbe],
  volumes: () => memoryVolumes(),
});
const beganMs = performance.now();
const cpuBefore = process.cpuUsage();
for (let i = 0; i < pods; i += 1) await agent.apply(podNamed(`pod-${i}`));
const deadlineMs = beganMs + startLimitMs;
while (!(await areAllReady())) {
  if (performance.now() > deadlineMs)
    throw new Error(`${pods} pods were not ready within ${startLimitMs} ms`);
  await sleep(pollMs);
}
const startMs = performance.now() - beganMs;
const startCpuMs = cpuMsSince(cpuBefore);
await sleep(settleMs);
const heapBytes = collectedHeapBytes() - emptyHeapBytes;
await ready();
probes = 0;
const usage = await watched(seconds);
report({ pods, startMs, startCpuMs, heapBytes, probes, ...usage } satisfies Census);

async function areAllReady(): Promise<boolean> {
  const all = await agent.list('Pod');
  return all.every(({ status }) => status?.containerStatuses?.[0]?.ready === true);
}

function podNamed(name: string) {
  const probe = { nothing: {}, periodSeconds: probePeriodSeconds };
  const container = { name: 'main', image: 'anything', livenessProbe: probe, readinessProbe: probe };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: 'many' } },
    spec: { containers: [container] },
  };
}
