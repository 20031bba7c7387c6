/** An agent on a Docker engine, as users start it. Arguments: where the engine listens, its pods as JSON, its options as JSON. */

import { createAgent } from '@mooring/core';
import { httpProbe } from '@mooring/probe-http';
import { dockerRuntime } from '@mooring/runtime-docker';
import { tellUsage } from './usage.mjs';

const [host, pods = '[]', options = '{}'] = process.argv.slice(2);

const agent = await createAgent({
  name: 'node-a',
  ...JSON.parse(options),
  plugins: [httpProbe(), dockerRuntime({ host, pull: 'when-missing' })],
});
await agent.apply(JSON.parse(pods));
process.once('SIGTERM', async () => {
  await agent.close();
  process.exit();
});
tellUsage();
