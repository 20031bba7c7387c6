/** The agent of one fake node, in a process of its own that may be killed. Arguments: port of the server, cluster, node. */

import { createAgent } from '@mooring/core';
import { nats } from '@mooring/core/nats';
import { memoryVolumes } from '@mooring/core/testing';
import { fakeRuntime } from '@mooring/runtime-fake';

const [port, cluster = '', name = ''] = process.argv.slice(2);
await createAgent({
  cluster,
  name,
  transport: nats({ servers: `nats://127.0.0.1:${port}` }),
  preset: 'small',
  plugins: [fakeRuntime()],
  volumes: () => memoryVolumes(),
  allocatable: { cpu: '1000', memory: '1Ti', pods: '500' },
});
process.send?.('up');
process.once('disconnect', () => process.exit());
