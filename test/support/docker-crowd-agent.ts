/** An agent in a process of its own, to be killed: runs a pod of many containers on the engine of `DOCKER_HOST`. */

import { createAgent } from '@mooring/core';
import { dockerRuntime } from '@mooring/runtime-docker';

const [dataDir = '', image = '', count = '0'] = process.argv.slice(2);
const agent = await createAgent({
  ...{ name: 'crowded', dataDir },
  plugins: [dockerRuntime({ pull: 'when-missing' })],
});
const heeds = 'trap "exit 7" TERM; while :; do sleep 0.2; done';
const containers = Array.from({ length: Number(count) }, (_, i) => ({
  ...{ name: `c${i}`, image, command: ['sh', '-c', heeds] },
}));
const pod = {
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'crowd' } },
  spec: { hostNetwork: true, terminationGracePeriodSeconds: 0, containers },
};
await agent.apply(pod);
await agent.waitFor('Pod/default/crowd', 'Ready', { timeoutMs: 300_000 });
process.stdout.write('all run\n');
