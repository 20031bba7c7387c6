/** Controllers and scheduler in a process of their own. Arguments: port of the server, cluster. */

import { createControllers } from '@mooring/core';
import { nats } from '@mooring/core/nats';

const [port, name = ''] = process.argv.slice(2);
await createControllers({
  name,
  plugins: [],
  transport: nats({ servers: `nats://127.0.0.1:${port}` }),
  preset: 'small',
  election: { durationMs: 5000 },
});
process.send?.('up');
process.once('disconnect', () => process.exit());
