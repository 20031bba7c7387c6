/** A node agent in a process of its own: `agent.ts NODE SERVER`. Ends with a signal; what it runs ends with it. */

import { once } from 'node:events';
import { join } from 'node:path';
import { createAgent } from '@mooring/core';
import { nats } from '@mooring/core/nats';
import { httpProbe } from '@mooring/probe-http';
import { processRuntime } from '@mooring/runtime-process';

const [name = 'node-a', servers = 'nats://127.0.0.1:4222'] = process.argv.slice(2);
const web = ['node', join(import.meta.dirname, 'web.mjs')];

await using agent = await createAgent({
  name,
  transport: nats({ servers }),
  preset: 'small',
  plugins: [httpProbe(), processRuntime({ images: { web } })],
});
console.log(`agent ${agent.nodes.join()} is up`);
await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
