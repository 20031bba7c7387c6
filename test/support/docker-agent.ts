/**
 * An agent in a process of its own, to be killed: runs one pod on Docker, and prints the ID of its container. Without an
 * argument it has no folder for its data.
 */

import { createAgent } from '@mooring/core';
import { dockerRuntime } from '@mooring/runtime-docker';

const [dataDir] = process.argv.slice(2);
const agent = await createAgent({
  ...{ name: 'killed', plugins: [dockerRuntime()] },
  ...(dataDir !== undefined && { dataDir }),
});
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'adopted' },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'main', image: 'busybox:1.36', command: ['sleep', '600'] }],
  },
};
await agent.apply(pod);
await agent.waitFor('Pod/default/adopted', 'Ready');
const [status] = (await agent.get('Pod', 'default', 'adopted'))?.status?.containerStatuses ?? [];
process.stdout.write(`running ${status?.containerID}\n`);
