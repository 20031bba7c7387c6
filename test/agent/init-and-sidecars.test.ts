import { scriptedProber } from '@mooring/core/testing';
import { exits, type FakeImages, ignoresStop, runsForever } from '@mooring/runtime-fake';
import { afterEach, describe, expect, test } from 'vitest';
import { type AgentRig, agentRig, podOf } from './support/agent-rig.ts';
import { proberPlugin } from './support/prober-plugin.ts';

let rig: AgentRig;
afterEach(() => rig[Symbol.asyncDispose]());

const plugins = [proberPlugin(scriptedProber('S'))];
const images: FakeImages = {
  short: { run: exits(0, 2000) },
  bad: { run: exits(1, 2000) },
  flaky: { run: ({ attempt }) => (attempt === 0 ? exits(1, 2000) : exits(0, 2000)) },
  app: { run: runsForever },
  job: { run: exits(0, 10_000) },
  stubborn: { run: ignoresStop },
  dying: { run: exits(9, 10_000) },
};
const sidecar = (name: string, image = 'app', more: object = {}) => ({
  name,
  image,
  restartPolicy: 'Always' as const,
  ...more,
});
const ordered = (type: string) => rig.factsOf(type).map(({ address }) => address.split('/').at(3));

describe('init containers', () => {
  test('run one after the other, to their end, before the app', async () => {
    rig = await agentRig({ images });
    const initContainers = [
      { name: 'one', image: 'short' },
      { name: 'two', image: 'short' },
    ];
    await rig.cluster.apply(podOf({ initContainers }));
    await rig.pass(1000);
    expect(rig.running).toEqual(['web/one#0']);
    expect(await rig.condition('Initialized')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotInitialized',
      message: 'containers with incomplete status: [one two]',
    });
    await rig.pass(2000);
    expect(rig.running).toEqual(['web/two#0']);
    expect((await rig.status()).phase).toBe('Pending');
    await rig.pass(2000);
    expect(rig.running).toEqual(['web/main#0']);
    expect(await rig.condition('Initialized')).toMatchObject({ status: 'True' });
    expect((await rig.container('one')).ready).toBe(true);
    expect(ordered('container.started')).toEqual(['one', 'two', 'main']);
  });

  test('that fail are tried again, and nothing after them begins', async () => {
    rig = await agentRig({ images });
    const initContainers = [
      { name: 'one', image: 'flaky' },
      { name: 'two', image: 'short' },
    ];
    await rig.cluster.apply(podOf({ initContainers }));
    await rig.pass(20_000);
    expect(ordered('container.started')).toEqual(['one', 'one', 'two', 'main']);
    expect((await rig.container('one')).restartCount).toBe(1);
  });

  test('that fail under Never fail the pod, and the app never runs', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(
      podOf({ restartPolicy: 'Never', initContainers: [{ name: 'one', image: 'bad' }] }),
    );
    await rig.pass(20_000);
    expect((await rig.status()).phase).toBe('Failed');
    expect(ordered('container.started')).toEqual(['one']);
  });

  test('are not run again by a crash of the app', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ initContainers: [{ name: 'one', image: 'short' }] }));
    await rig.pass(5000);
    rig.host.crash('web', 'main');
    await rig.pass(5000);
    expect(ordered('container.started')).toEqual(['one', 'main', 'main']);
  });

  test('are stopped by a deletion while they run', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ initContainers: [{ name: 'one', image: 'stubborn' }] }));
    await rig.pass(1000);
    await rig.cluster.delete('Pod', 'default', 'web', { gracePeriodSeconds: 4 });
    await rig.pass(3500);
    expect(rig.running).toEqual(['web/one#0']);
    await rig.pass(1000);
    expect([rig.running, await rig.exists()]).toEqual([[], false]);
    expect(ordered('container.started')).toEqual(['one']);
  });
});

describe('sidecars', () => {
  test('let the next one begin once they have started', async () => {
    rig = await agentRig({ images, plugins });
    const startupProbe = { scripted: { script: 'FFS' }, periodSeconds: 5, failureThreshold: 9 };
    await rig.cluster.apply(
      podOf({
        initContainers: [
          sidecar('log'),
          sidecar('proxy', 'app', { startupProbe }),
          { name: 'one', image: 'short' },
        ],
      }),
    );
    await rig.pass(9000);
    expect(rig.running).toEqual(['web/log#0', 'web/proxy#0']);
    await rig.pass(2000);
    expect(rig.running).toEqual(['web/log#0', 'web/one#0', 'web/proxy#0']);
    await rig.pass(2000);
    expect(rig.running).toEqual(['web/log#0', 'web/main#0', 'web/proxy#0']);
    expect((await rig.status()).phase).toBe('Running');
  });

  test('come back whatever the pod’s policy, and the app does not notice', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ restartPolicy: 'Never', initContainers: [sidecar('log')] }));
    await rig.pass(2000);
    rig.host.crash('web', 'log', { exitCode: 0 });
    await rig.pass(2000);
    expect(rig.running).toEqual(['web/log#1', 'web/main#0']);
    expect((await rig.status()).phase).toBe('Running');
  });

  test('count for readiness', async () => {
    rig = await agentRig({ images, plugins });
    const readinessProbe = { scripted: { script: 'F' }, periodSeconds: 5 };
    await rig.cluster.apply(podOf({ initContainers: [sidecar('proxy', 'app', { readinessProbe })] }));
    await rig.pass(3000);
    expect(rig.running).toContain('web/main#0');
    expect(await rig.condition('Ready')).toMatchObject({
      status: 'False',
      message: 'containers with unready status: [proxy]',
    });
  });

  test('end after the app, the last first, and do not decide the phase', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(
      podOf({
        image: 'job',
        restartPolicy: 'Never',
        initContainers: [sidecar('first', 'stubborn'), sidecar('second', 'stubborn')],
        terminationGracePeriodSeconds: 10,
      }),
    );
    await rig.pass(12_000);
    // The app is done; as long as a sidecar lives the pod runs.
    expect((await rig.status()).phase).toBe('Running');
    await rig.pass(30_000);
    expect(ordered('container.exited')).toEqual(['main', 'second', 'first']);
    expect((await rig.status()).phase).toBe('Succeeded');
    expect((await rig.container('first')).state?.terminated).toMatchObject({ exitCode: 137 });
  });

  test('are killed by their probes like any other, in words of their own', async () => {
    rig = await agentRig({ images, plugins });
    const livenessProbe = { scripted: { script: 'F' }, periodSeconds: 5, failureThreshold: 2 };
    await rig.cluster.apply(podOf({ initContainers: [sidecar('proxy', 'app', { livenessProbe })] }));
    await rig.pass(6000);
    expect(rig.lines()).toContain('Killing: Init container proxy failed liveness probe');
    expect(rig.running).toEqual(['web/main#0', 'web/proxy#1']);
    expect(rig.events.find(({ reason }) => reason === 'Killing')?.path).toBe('spec.initContainers{proxy}');
  });
});
