/** An agent whose pods are probed by HTTP once a second. Arguments: number of pods, seconds to watch, port of the target. */

import { setTimeout as sleep } from 'node:timers/promises';
import { createAgent } from '@mooring/core';
import { memoryVolumes } from '@mooring/core/testing';
import { httpProbe } from '@mooring/probe-http';
import { fakeRuntime } from '@mooring/runtime-fake';
import { watched } from './census.ts';
import { ready, report } from './conversation.ts';

const [pods = 1000, seconds = 10, port = 80] = process.argv.slice(2).map(Number);
const settleMs = 8000;
/** Between two pods, so that their probes are spread over the second. */
const gapMs = 2;

const agent = await createAgent({
  name: 'node-a',
  plugins: [fakeRuntime(), httpProbe()],
  volumes: () => memoryVolumes(),
});
for (let i = 0; i < pods; i += 1) {
  await agent.apply(podNamed(`pod-${i}`));
  await sleep(gapMs);
}
await sleep(settleMs);
const all = await agent.list('Pod');
const unready = all.filter(({ status }) => status?.containerStatuses?.[0]?.ready !== true);
if (unready.length > 0) throw new Error(`${unready.length} pods are not ready`);
await ready();
report(await watched(seconds));

function podNamed(name: string) {
  const readinessProbe = { httpGet: { host: '127.0.0.1', port, path: '/healthz' }, periodSeconds: 1 };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers: [{ name: 'main', image: 'anything', readinessProbe }] },
  };
}
