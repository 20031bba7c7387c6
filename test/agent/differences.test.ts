/** What an agent does otherwise than a kubelet, on purpose, and is tested nowhere else (`docs/differences.md`). */

import { scriptedProber } from '@mooring/core/testing';
import { exits, runsForever } from '@mooring/runtime-fake';
import { afterEach, expect, test } from 'vitest';
import { type AgentRig, agentRig, podOf } from './support/agent-rig.ts';
import { proberPlugin } from './support/prober-plugin.ts';

let rig: AgentRig;
afterEach(() => rig[Symbol.asyncDispose]());

/** Somebody changes the object, so its status is made anew. */
async function touch(times: number, everyMs: number): Promise<void> {
  for (let i = 0; i < times; i += 1) {
    const { status: _, ...pod } = await rig.pod();
    const labels = { ...pod.metadata.labels, touched: String(i) };
    await rig.cluster.apply({ ...pod, metadata: { ...pod.metadata, labels } });
    await rig.pass(everyMs);
  }
}

test('what is not ready yet is probed by its period only, however often its status is made', async () => {
  const prober = scriptedProber('F');
  rig = await agentRig({ images: { app: { run: runsForever } }, plugins: [proberPlugin(prober)] });
  await rig.cluster.apply(podOf({ main: { readinessProbe: { scripted: {}, periodSeconds: 60 } } }));
  await rig.pass(1000);
  await touch(10, 10_000);
  expect((await rig.container()).ready).toBe(false);
  expect(prober.attempts).toHaveLength(2);
});

test('a wait is told once, however often its pod is looked at', async () => {
  rig = await agentRig({ images: { app: { run: () => exits(1, 1000) } } });
  await rig.cluster.apply(podOf());
  // Crashes at 1, 2 and 13 s: the second and the third wait, for 10 and 20 s.
  await rig.pass(15_000);
  await touch(5, 1000);
  expect((await rig.container()).restartCount).toBe(2);
  expect(Math.max(...rig.eventsOf().map(({ reason, count }) => (reason === 'BackOff' ? count : 0)))).toBe(2);
});

test('a pod that names its node runs there, whatever it asks for', async () => {
  rig = await agentRig({ images: { app: { run: runsForever } } });
  const resources = { requests: { cpu: '100000', memory: '1Pi' } };
  await rig.cluster.apply(podOf({ main: { resources }, nodeSelector: { disk: 'not-here' } }));
  await rig.pass(2000);
  expect((await rig.pod()).status?.phase).toBe('Running');
});
