/** Controllers and scheduler in a process of their own: `controllers.ts SERVER`. A second one waits until the first is gone. */

import { once } from 'node:events';
import { createControllers } from '@mooring/core';
import { nats } from '@mooring/core/nats';

const [servers = 'nats://127.0.0.1:4222'] = process.argv.slice(2);

await using controllers = await createControllers({
  plugins: [],
  transport: nats({ servers }),
  // A host that says nothing is given up within half a minute, not after six.
  preset: 'small',
  election: { durationMs: 5000 },
});
console.log(`controllers of ${controllers.name} are up`);
await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
