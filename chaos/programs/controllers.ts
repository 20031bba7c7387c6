/** Controllers and scheduler; says whether it is these that lead when it is asked. Told by its environment: CHAOS_SERVERS. */

import { createControllers } from '@mooring/core';
import { nats } from '@mooring/core/nats';

const { CHAOS_SERVERS: servers = '' } = process.env;

const cluster = await createControllers({
  plugins: [],
  transport: nats({ servers: servers.split(','), silenceMsMax: 3000 }),
  preset: 'small',
  election: { durationMs: 5000 },
});
process.on('message', () => process.send?.(cluster.controllers().length > 0));
process.send?.('up');
