/** A node agent in a dozen lines: it keeps a web server alive, and says so when it has to. */

import { join } from 'node:path';
import { createAgent, loadManifest } from '@mooring/core';
import { httpProbe } from '@mooring/probe-http';
import { processRuntime } from '@mooring/runtime-process';

const here = import.meta.dirname;

await using agent = await createAgent({
  name: 'localhost',
  plugins: [httpProbe(), processRuntime({ images: { web: ['node', join(here, 'web.mjs')] } })],
});
await agent.apply(await loadManifest(join(here, 'web.yaml')));
await agent.waitFor('Pod/default/web', 'Ready', { timeoutMs: 30_000 });
console.log('web is ready; it will hang in a moment');
for await (const { type, data } of agent.facts('pod.*.container.web.*')) {
  console.log(type, data);
  if (type === 'container.started') break;
}
