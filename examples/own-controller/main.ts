/** The controller of this folder at work: one ConfigMap changes, and the pods of the Deployment are replaced step by step. */

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCluster, loadManifest } from '@mooring/core';
import { processRuntime } from '@mooring/runtime-process';
import { configReloader } from './config-reloader.ts';

const here = import.meta.dirname;
const argv = ['node', join(here, 'greeter.mjs')];

await using cluster = await createCluster({
  plugins: [configReloader, processRuntime({ images: { greeter: argv } })],
});
await cluster.apply(await loadManifest(join(here, 'greeter.yaml')));
await cluster.waitFor('Deployment/default/greeter', 'Available', { timeoutMs: 60_000 });
await greetings('hello');

await cluster.patch('ConfigMap/default/greeting', { data: { GREETING: 'good evening' } });
await greetings('good evening');
for (const { reason, message } of await cluster.events('Deployment/default/greeter'))
  console.log(reason, '-', message);

/** Waits until two pods say so and no other is left. No change of a pod tells when its process has printed: one looks again. */
async function greetings(wanted: string): Promise<void> {
  const deadlineMs = performance.now() + 60_000;
  while (performance.now() < deadlineMs) {
    const pods = await cluster.list('Pod');
    const said = await Promise.all(pods.map(({ metadata }) => firstLine(metadata.name)));
    if (said.length === 2 && said.every((line) => line === wanted)) {
      console.log(`both pods say: ${wanted}`);
      return;
    }
    await sleep(100);
  }
  throw new Error(`nobody said: ${wanted}`);
}

async function firstLine(pod: string): Promise<string | undefined> {
  try {
    for await (const { text } of cluster.logs({ pod }, { follow: false })) return text.trim();
  } catch {
    // It does not run yet, or is gone already.
  }
  return undefined;
}
