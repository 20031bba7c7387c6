/** A node agent with real processes. Told by its environment: CHAOS_NODE, CHAOS_SERVERS, CHAOS_DATA. */

import { createAgent } from '@mooring/core';
import { nats } from '@mooring/core/nats';
import { processRuntime } from '@mooring/runtime-process';

const { CHAOS_NODE: name = '', CHAOS_SERVERS: servers = '', CHAOS_DATA: dataDir = '' } = process.env;

await createAgent({
  name,
  dataDir,
  transport: nats({ servers: servers.split(','), silenceMsMax: 3000 }),
  preset: 'small',
  crashLoop: { initialMs: 500, maxMs: 2000, resetAfterMs: 60_000 },
  plugins: [processRuntime({ images: { app: ['/bin/sh', '-c'] } })],
});
process.send?.('up');
