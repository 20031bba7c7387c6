/**
 * Machines can be replaced. Here the probe actor gets another idea of time: until a container is ready it is asked every
 * 100 ms, whatever its period says. So a container that takes 3.2 s to start is ready after 3.2 s, not after the tick at 10 s.
 */

import { type ClusterOptions, createCluster, defaultLogic, type Pod } from '@mooring/core';
import { memoryVolumes, TestClock } from '@mooring/core/testing';
import { fakeProbes, fakeRuntime, runs } from '@mooring/runtime-fake';

const eager: ClusterOptions['logic'] = {
  probe: (node) =>
    defaultLogic.probe(node).provide({
      delays: {
        untilNextProbe: ({ context: { input, worker } }) =>
          worker.verdict === 'success' ? input.settings.periodMs : 100,
      },
    }),
};

const slowStarter = runs(async (process) => {
  await process.sleep(3_200);
  process.listen(8080, { http: () => ({ status: 200 }) });
  await process.sleep(3_600_000);
  return 0;
});
const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web' },
  spec: {
    containers: [
      { name: 'web', image: 'web', readinessProbe: { httpGet: { port: 8080 }, periodSeconds: 10 } },
    ],
  },
};

async function readyAfterMs(logic: ClusterOptions['logic'] = {}): Promise<number> {
  const clock = new TestClock();
  const fake = fakeRuntime({ images: { web: { run: slowStarter } } });
  const cluster = await createCluster({
    plugins: [fake, fakeProbes(fake)],
    volumes: () => memoryVolumes(),
    clock,
    logic,
  });
  const beganMs = clock.now();
  await cluster.apply(pod);
  const isReady = async () =>
    (await cluster.get('Pod', 'default', 'web'))?.status?.containerStatuses?.[0]?.ready === true;
  await clock.advanceUntil(isReady, 60_000);
  await cluster.detach();
  return clock.now() - beganMs;
}

console.log(`the kubelet's probe actor: ready after ${(await readyAfterMs()) / 1000} s`);
console.log(`an eager one: ready after ${(await readyAfterMs(eager)) / 1000} s`);
