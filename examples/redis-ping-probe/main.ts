/** The probe of this folder at work: a manifest uses it under its own key, `redisPing`. */

import { join } from 'node:path';
import { createAgent, errorMessage, loadManifest } from '@mooring/core';
import { processRuntime } from '@mooring/runtime-process';
import { redisPing } from './redis-ping.ts';

const here = import.meta.dirname;

await using agent = await createAgent({
  name: 'localhost',
  plugins: [redisPing, processRuntime({ images: { 'fake-redis': { argv: [], workingDir: here } } })],
});
const pods = await loadManifest(join(here, 'redis.yaml'));
await agent.apply(pods);
await agent.waitFor('Pod/default/redis', 'Ready', { timeoutMs: 30_000 });
for (const { reason, message } of await agent.events('Pod/default/redis')) console.log(reason, '-', message);
console.log('redis is ready: its startup probe has heard +PONG');

// A mistake in the settings of the probe is found before anything is started, like one in any other field.
const manifest = JSON.stringify(pods)
  .replace('"port":"redis"', '"port":"no port"')
  .replaceAll('"name":"redis"', '"name":"other"');
await agent
  .apply(JSON.parse(manifest))
  .catch((error: unknown) => console.log('refused:', errorMessage(error)));
