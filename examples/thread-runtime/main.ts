/** A pod of worker threads: one thread fails and is restarted after its back-off, as any other container would be. */

import { createAgent, type Pod } from '@mooring/core';
import { threadRuntime } from './thread-runtime.ts';

const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'threads' },
  spec: {
    containers: [
      { name: 'steady', image: 'program', args: ['waits'] },
      { name: 'failing', image: 'program', args: ['exits', '3'] },
    ],
  },
};

await using agent = await createAgent({
  name: 'localhost',
  plugins: [threadRuntime({ program: new URL('./program.mjs', import.meta.url) })],
  crashLoop: { initialMs: 500 },
});
const facts = agent.facts('pod.*.container.failing.*');
await agent.apply(pod);
for await (const { type, data } of facts) {
  console.log(type, data);
  if (type === 'container.backing-off') break;
}
const stored = await agent.waitFor(
  'Pod/default/threads',
  (now) => now?.status?.containerStatuses?.some(({ restartCount }) => restartCount === 2) === true,
);
for (const { name, restartCount } of stored?.status?.containerStatuses ?? [])
  console.log(`${name} was restarted ${restartCount} times`);
