/** The controller of this folder at work: one ConfigMap changes, and the pods of the Deployment are replaced step by step. */

import { join } from 'node:path';
import { createCluster, loadManifest } from '@mooring/core';
import { processRuntime } from '@mooring/runtime-process';
import { configReloader } from './config-reloader.ts';

const here = import.meta.dirname;
const argv = ['node', join(here, 'greeter.mjs')];

await using cluster = await createCluster({
  plugins: [configReloader, processRuntime({ images: { greeter: argv } })],
});
await cluster.apply(await loadManifest(join(here, 'greeter.yaml')));
await cluster.waitFor('Deployment/default/greeter', 'Available', { timeoutMs: 30_000 });
await greetings('hello');

await cluster.patch('ConfigMap/default/greeting', { data: { GREETING: 'good evening' } });
await greetings('good evening');
for (const { reason, message } of await cluster.events('Deployment/default/greeter'))
  console.log(reason, '-', message);

/** Waits until two pods say so and no other is left. */
async function greetings(wanted: string): Promise<void> {
  for await (const _ of cluster.watch('Pod', { signal: AbortSignal.timeout(30_000) })) {
    const said = await Promise.all(
      (await cluster.list('Pod')).map(({ metadata }) => firstLine(metadata.name)),
    );
    if (said.length !== 2 || said.some((line) => line !== wanted)) continue;
    console.log(`both pods say: ${wanted}`);
    return;
  }
  throw new Error(`nobody said: ${wanted}`);
}

async function firstLine(pod: string): Promise<string | undefined> {
  try {
    for await (const { text } of cluster.logs({ pod }, { follow: false })) return text.trim();
  } catch {
    // It does not run yet, or is gone already: the next change of a pod leads back here.
  }
  return undefined;
}
