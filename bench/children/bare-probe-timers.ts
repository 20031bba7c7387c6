/** The floor of many pods: their objects in a map, and a bare timer for each probe. Arguments as for the agent. */

import { setTimeout as sleep } from 'node:timers/promises';
import { type Census, collectedHeapBytes, cpuMsSince, probePeriodSeconds, watched } from './census.ts';
import { ready, report } from './conversation.ts';
import { storedPod } from './stored-pod.ts';

const [pods = 1000, seconds = 20] = process.argv.slice(2).map(Number);

let probes = 0;
const probe = async () => {
  probes += 1;
};

const emptyHeapBytes = collectedHeapBytes();
const beganMs = performance.now();
const cpuBefore = process.cpuUsage();
const text = JSON.stringify(storedPod);
const objects = new Map<string, unknown>();
for (let i = 0; i < pods; i += 1) objects.set(`pod-${i}`, JSON.parse(text));
const startMs = performance.now() - beganMs;
const startCpuMs = cpuMsSince(cpuBefore);
const timers: NodeJS.Timeout[] = [];
const periodMs = probePeriodSeconds * 1000;
for (let i = 0; i < pods * 2; i += 1) {
  // Spread over the period, as the starts of containers are.
  if (i % Math.ceil((pods * 2) / periodMs) === 0) await sleep(0);
  timers.push(setInterval(probe, periodMs));
}
const heapBytes = collectedHeapBytes() - emptyHeapBytes;
await ready();
probes = 0;
const usage = await watched(seconds);
report({ pods: objects.size, startMs, startCpuMs, heapBytes, probes, ...usage } satisfies Census);
