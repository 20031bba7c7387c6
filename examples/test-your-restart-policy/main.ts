/** A day of crashes in a few seconds: how often is a container started that fails five seconds after each start? */

import { createAgent, type NodeOptions, type Pod } from '@mooring/core';
import { memoryVolumes, TestClock } from '@mooring/core/testing';
import { exits, fakeRuntime } from '@mooring/runtime-fake';

const dayMs = 24 * 60 * 60 * 1000;
const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'flaky' },
  spec: { containers: [{ name: 'main', image: 'flaky' }] },
};

async function restartsOfADay(crashLoop: NonNullable<NodeOptions['crashLoop']>): Promise<number> {
  const clock = new TestClock();
  // A restart is the business of one node: nothing else has to live through the day.
  const agent = await createAgent({
    name: 'node-a',
    crashLoop,
    plugins: [fakeRuntime({ images: { flaky: { run: exits(1, 5_000) } } })],
    volumes: () => memoryVolumes(),
    clock,
  });
  await agent.apply(pod);
  await clock.advanceBy(dayMs);
  const restarts = (await agent.get('Pod', 'default', 'flaky'))?.status?.containerStatuses?.[0]?.restartCount;
  await agent.detach();
  return restarts ?? 0;
}

for (const [name, crashLoop] of Object.entries({
  "Kubernetes' own, 10 s to 300 s": {},
  'at most a minute': { maxMs: 60_000 },
  'patient, 60 s to 300 s': { initialMs: 60_000 },
})) {
  const beganMs = performance.now();
  const restarts = await restartsOfADay(crashLoop);
  console.log(
    `${name}: ${restarts} restarts in 24 hours (took ${Math.round(performance.now() - beganMs)} ms)`,
  );
}
