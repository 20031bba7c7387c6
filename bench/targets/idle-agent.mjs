/** An agent as users start it: compiled, without a transpiler in its process. Arguments: port of the server, cluster, node. */

import { createAgent } from '@mooring/core';
import { nats } from '@mooring/core/nats';
import { memoryVolumes } from '@mooring/core/testing';
import { fakeRuntime } from '@mooring/runtime-fake';
import { tellUsage } from './usage.mjs';

const [port, cluster, name] = process.argv.slice(2);
await createAgent({
  cluster,
  name,
  transport: nats({ servers: `nats://127.0.0.1:${port}` }),
  preset: 'small',
  plugins: [fakeRuntime()],
  volumes: () => memoryVolumes(),
});
tellUsage();
