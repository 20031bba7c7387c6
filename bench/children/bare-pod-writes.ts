/**
 * The floor of a ReplicaSet that is scaled up: the writes that each pod needs (create, bind, three states of its status,
 * four events) into the same store, one after the other, with one reader. Argument: number of pods.
 */

import { createMemoryStore } from '@mooring/core';
import { collectedHeapBytes, cpuMsSince } from './census.ts';
import { ready, report } from './conversation.ts';

const [pods = 5000] = process.argv.slice(2).map(Number);
const statuses = 3;
const events = 4;

const emptyHeapBytes = collectedHeapBytes();
const store = createMemoryStore();
const ending = new AbortController();
let seen = 0;
const reading = (async () => {
  for await (const _ of store.watch('', { signal: ending.signal })) seen += 1;
})();
await ready();
const beganMs = performance.now();
const cpuBefore = process.cpuUsage();
for (let i = 0; i < pods; i += 1) {
  const metadata = { name: `pod-${i}`, namespace: 'default', uid: String(i), labels: { set: 'set-0' } };
  const spec = { containers: [{ name: 'main', image: 'anything' }] };
  let revision = await store.create(`pods/default/pod-${i}`, { kind: 'Pod', metadata, spec });
  const bound = { ...spec, nodeName: `node-${i % 50}` };
  for (let step = 0; step <= statuses; step += 1) {
    const status = { phase: step < statuses ? 'Pending' : 'Running', step };
    const pod = { kind: 'Pod', metadata: { ...metadata }, spec: { ...bound }, status };
    revision = await store.update(`pods/default/pod-${i}`, pod, revision);
  }
  for (let step = 0; step < events; step += 1)
    await store.create(`events/default/pod-${i}.${step}`, {
      kind: 'Event',
      metadata: { name: `${i}.${step}` },
    });
}
const startMs = performance.now() - beganMs;
const startCpuMs = cpuMsSince(cpuBefore);
const heapBytes = collectedHeapBytes() - emptyHeapBytes;
ending.abort();
await reading;
if (seen === 0) throw new Error('nothing was seen');
report({ pods, startMs, startCpuMs, heapBytes });
