/** A node agent with real processes, or on the Docker engine CHAOS_DOCKER. Told by its environment: CHAOS_NODE, CHAOS_SERVERS, CHAOS_DATA. */

import { createAgent } from '@mooring/core';
import { nats } from '@mooring/core/nats';
import { dockerRuntime } from '@mooring/runtime-docker';
import { processRuntime } from '@mooring/runtime-process';

const { CHAOS_NODE: name = '', CHAOS_SERVERS: servers = '', CHAOS_DATA: dataDir = '' } = process.env;
const { CHAOS_DOCKER: socket } = process.env;
const runtime =
  socket === undefined
    ? processRuntime({ images: { app: ['/bin/sh', '-c'] } })
    : dockerRuntime({ host: `unix://${socket}`, pull: 'when-missing' });

await createAgent({
  name,
  dataDir,
  transport: nats({ servers: servers.split(','), silenceMsMax: 3000 }),
  preset: 'small',
  crashLoop: { initialMs: 500, maxMs: 2000, resetAfterMs: 60_000 },
  plugins: [runtime],
});
process.send?.('up');
