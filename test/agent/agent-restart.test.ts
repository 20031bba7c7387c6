import { type ContainerRuntime, defineProber } from '@mooring/core';
import { scriptedProber } from '@mooring/core/testing';
import { exits, type FakeImages, ignoresStop, runsForever } from '@mooring/runtime-fake';
import { afterEach, describe, expect, test } from 'vitest';
import { type AgentRig, agentRig, podOf } from './support/agent-rig.ts';
import { proberPlugin } from './support/prober-plugin.ts';
import { twistedRuntime } from './support/twisted-runtime.ts';

let rig: AgentRig;
afterEach(() => rig[Symbol.asyncDispose]());

const images: FakeImages = {
  app: { run: runsForever },
  stubborn: { run: ignoresStop },
  'crashes-once': { run: ({ attempt }) => (attempt === 0 ? exits(1, 1000) : runsForever) },
  job: { run: exits(0, 60_000) },
};
const plugins = [proberPlugin(scriptedProber('S'))];
const probe = (script: string) => ({ scripted: { script }, periodSeconds: 10 });

describe('an agent that starts anew', () => {
  test('takes over what runs: same container, same count, nothing started or stopped', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ image: 'crashes-once' }));
    await rig.pass(5000);
    const before = await rig.container();
    const { containers, calls } = rig.host;
    const count = { containers: containers.size, starts: calls.startContainer, stops: calls.stopContainer };
    await rig.restartAgent(60_000);
    await rig.pass(60_000);
    expect(await rig.container()).toEqual(before);
    expect({ containers: containers.size, starts: calls.startContainer, stops: calls.stopContainer }).toEqual(
      count,
    );
  });

  test('has said already why it refused a pod', async () => {
    const review = () => [{ severity: 'refuse', field: 'spec.volumes[0].nfs', message: 'not here' } as const];
    rig = await agentRig({ images, runtime: { review } });
    await rig.cluster.apply(podOf());
    await rig.pass(5000);
    const refused = await rig.status();
    expect(refused).toMatchObject({ phase: 'Failed', reason: 'UnsupportedByRuntime' });
    await rig.restartAgent(60_000);
    await rig.pass(60_000);
    expect(await rig.status()).toEqual(refused);
    expect(rig.reasons()).toEqual(['UnsupportedByRuntime']);
    const log = rig.cluster.logs({ pod: 'web', container: 'main' });
    await expect(log[Symbol.asyncIterator]().next()).rejects.toThrow(
      'container "main" in pod "web" is not available',
    );
  });

  test('does not let readiness flicker, and goes on probing', async () => {
    rig = await agentRig({ images, plugins });
    const main = { startupProbe: probe('S'), readinessProbe: probe('S'), livenessProbe: probe('SSSSF') };
    await rig.cluster.apply(podOf({ main }));
    await rig.pass(25_000);
    expect(await rig.container()).toMatchObject({ started: true, ready: true });
    const seen = rig.history().length;
    await rig.restartAgent(30_000);
    await rig.pass(30_000);
    for (const { status } of rig.history().slice(seen)) {
      expect(status.containerStatuses).toMatchObject([{ started: true, ready: true, restartCount: 0 }]);
    }
    // The liveness probe is asked again: it fails after four good answers.
    await rig.pass(70_000);
    expect(rig.lines()).toContain('Killing: Container main failed liveness probe, will be restarted');
  });

  test('learns that a ready container is not ready any more', async () => {
    let isWell = true;
    const mood = defineProber({
      handler: 'mood',
      parse: () => ({ ok: true, value: undefined }),
      probe: async () => ({ outcome: isWell ? 'success' : 'failure', message: '' }),
    });
    rig = await agentRig({ images, plugins: [proberPlugin(mood)] });
    await rig.cluster.apply(podOf({ main: { readinessProbe: { mood: {}, failureThreshold: 1 } } }));
    await rig.pass(12_000);
    expect((await rig.container()).ready).toBe(true);
    isWell = false;
    await rig.restartAgent();
    await rig.pass(12_000);
    expect(await rig.container()).toMatchObject({ ready: false, restartCount: 0 });
  });

  test('tells of an end that came meanwhile, with its own code, and acts on it', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply([podOf(), podOf({ restartPolicy: 'Never' }, 'once')]);
    await rig.pass(5000);
    await rig.detach();
    rig.host.crash('web', 'main', { exitCode: 7 });
    rig.host.crash('once', 'main', { signal: 'SIGKILL' });
    await rig.pass(5000);
    await rig.start();
    await rig.pass(5000);
    expect(await rig.container()).toMatchObject({
      state: { running: {} },
      lastState: { terminated: { exitCode: 7, finishedAt: '2026-01-01T00:00:05Z' } },
      restartCount: 1,
    });
    expect(rig.lines()).toContain('ContainerExited: Container main exited with code 7 after 5s');
    expect((await rig.status()).terminations?.[0]).toMatchObject({ exitCode: 7 });
    expect(await rig.status('once')).toMatchObject({
      phase: 'Failed',
      containerStatuses: [{ state: { terminated: { exitCode: 137 } } }],
    });
    // And only once, whatever starts and stops later.
    await rig.restartAgent();
    await rig.pass(5000);
    expect(rig.reasons().filter((reason) => reason === 'ContainerExited')).toHaveLength(1);
  });

  describe('knows the last words that a container left in its log', () => {
    const dying = (restartPolicy: 'Always' | 'Never') =>
      podOf({
        image: 'busybox',
        restartPolicy,
        main: {
          command: ['sh', '-c', 'sleep 5; echo boom; exit 3'],
          terminationMessagePolicy: 'FallbackToLogsOnError',
        },
      });
    const boom = { exitCode: 3, message: expect.stringMatching(/^boom\n?$/) };

    test.each([
      ['while its predecessor ran', 8000],
      ['while no agent ran', 2000],
    ])('%s', async (_, ranMs) => {
      rig = await agentRig({ images: { busybox: {} } });
      await rig.cluster.apply([dying('Never'), { ...dying('Always'), metadata: { name: 'again' } }]);
      await rig.pass(ranMs);
      await rig.restartAgent(10_000);
      await rig.pass(2000);
      expect(await rig.status()).toMatchObject({
        phase: 'Failed',
        containerStatuses: [{ state: { terminated: boom } }],
        terminations: [boom],
      });
      expect((await rig.container('main', 'again')).lastState?.terminated).toMatchObject(boom);
    });

    test('and does not wait for ever for a log that cannot be read', async () => {
      const twist = (): Partial<ContainerRuntime> => ({
        async *logs() {
          await new Promise(() => {});
        },
      });
      rig = await agentRig({ images: { busybox: {} }, twist: twistedRuntime(twist) });
      await rig.cluster.apply(dying('Never'));
      await rig.pass(2000);
      await rig.detach();
      await rig.pass(10_000);
      let isStarted = false;
      const starting = rig.start().then(() => {
        isStarted = true;
      });
      while (!isStarted) await rig.pass(100);
      await starting;
      await rig.pass(2000);
      expect(await rig.status()).toMatchObject({ phase: 'Failed' });
    });
  });

  test('finishes what a job did meanwhile', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ image: 'job', restartPolicy: 'OnFailure' }));
    await rig.pass(10_000);
    await rig.restartAgent(120_000);
    await rig.pass(5000);
    expect(await rig.status()).toMatchObject({
      phase: 'Succeeded',
      containerStatuses: [{ state: { terminated: { exitCode: 0 } }, restartCount: 0 }],
    });
  });

  test.each([
    ['marked', undefined],
    ['forced', 0],
  ])('ends pods that were deleted meanwhile (%s)', async (_, gracePeriodSeconds) => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ terminationGracePeriodSeconds: 10 }));
    await rig.pass(5000);
    const other = await rig.otherAgent();
    await rig.detach();
    await other.delete(
      'Pod',
      'default',
      'web',
      gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds },
    );
    await other.detach();
    await rig.start();
    await rig.pass(60_000);
    expect([rig.running, await rig.exists(), rig.host.containers.size]).toEqual([[], false, 0]);
  });

  test('goes on with an end that its predecessor had begun', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ image: 'stubborn' }));
    await rig.pass(5000);
    await rig.cluster.delete('Pod', 'default', 'web');
    await rig.pass(10_000);
    await rig.restartAgent(1000);
    await rig.pass(35_000);
    expect([rig.running, await rig.exists()]).toEqual([[], false]);
  });

  test('begins a crash loop anew: the next crash restarts at once', async () => {
    rig = await agentRig({
      images: { app: { run: ({ attempt }) => (attempt < 4 ? exits(1, 1000) : runsForever) } },
    });
    await rig.cluster.apply(podOf());
    await rig.pass(40_000);
    expect((await rig.container()).state?.waiting?.reason).toBe('CrashLoopBackOff');
    const before = (await rig.container()).restartCount ?? 0;
    await rig.restartAgent();
    await rig.pass(500);
    expect((await rig.container()).restartCount).toBe(before + 1);
  });

  test('does not take up a pod again that has ended', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ image: 'job', restartPolicy: 'Never' }));
    await rig.pass(70_000);
    const before = await rig.status();
    await rig.restartAgent(5000);
    await rig.pass(60_000);
    expect(await rig.status()).toEqual(before);
    expect(rig.running).toEqual([]);
  });

  test('tidies up after a pod that had ended when there was no time left for it', async () => {
    rig = await agentRig({ images });
    rig.host.fault('removeSandbox', { hangs: true, times: 1 });
    await rig.cluster.apply(podOf({ image: 'job', restartPolicy: 'Never' }));
    await rig.pass(70_000);
    const before = await rig.status();
    expect(rig.host.listSandboxes()).toHaveLength(1);
    await rig.restartAgent(5000);
    await rig.pass(1000);
    expect(rig.host.listSandboxes()).toEqual([]);
    expect(await rig.status()).toEqual(before);
    expect(rig.host.containers.size).toBe(1);
  });

  test('comes to the aid of a container that was created and never started', async () => {
    rig = await agentRig({ images });
    rig.host.fault('startContainer', { hangs: true, times: 1 });
    await rig.cluster.apply(podOf());
    await rig.pass(5000);
    await rig.restartAgent();
    await rig.pass(2000);
    expect([rig.running, rig.host.containers.size]).toEqual([['web/main#0'], 1]);
    expect((await rig.container()).restartCount).toBe(0);
  });

  test('after a clean stop brings back what its policy says', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply([podOf(), podOf({ restartPolicy: 'Never' }, 'once')]);
    await rig.pass(5000);
    await rig.close();
    expect(rig.running).toEqual([]);
    await rig.start();
    await rig.pass(15_000);
    expect(rig.running).toEqual(['web/main#1']);
    expect((await rig.status()).phase).toBe('Running');
    expect((await rig.status('once')).phase).not.toBe('Running');
    for (const { status } of rig.history()) expect(status.reason).not.toBe('NodeShutdown');
  });

  test('after the node has lost its power starts everything in new sandboxes', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply([
      podOf(),
      podOf({ initContainers: [{ name: 'init', image: 'crashes-once' }] }, 'waiting'),
      podOf({ image: 'job', restartPolicy: 'Never' }, 'once'),
    ]);
    await rig.pass(5000);
    const { podIP } = await rig.status();
    await rig.detach();
    rig.host.reboot();
    await rig.start();
    await rig.pass(30_000);
    expect(rig.running).toContain('web/main#1');
    expect((await rig.status()).podIP).not.toBe(podIP);
    expect(await rig.container()).toMatchObject({
      restartCount: 1,
      lastState: { terminated: { exitCode: 255 } },
    });
    expect((await rig.status('once')).phase).toBe('Failed');
  });
});

describe('containers that belong to no pod', () => {
  test('are removed, but not on the word of one look', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply([podOf({ image: 'stubborn' }), podOf({}, 'kept')]);
    await rig.pass(5000);
    const other = await rig.otherAgent();
    await rig.detach();
    await other.delete('Pod', 'default', 'web', { gracePeriodSeconds: 0 });
    await other.detach();
    await rig.start();
    await rig.pass(11_000);
    expect(rig.running).toEqual(['kept/main#0', 'web/main#0']);
    await rig.pass(15_000);
    expect(rig.running).toEqual(['kept/main#0']);
    expect(rig.host.listSandboxes()).toHaveLength(1);
    expect(rig.disk.folders().filter((folder) => folder.startsWith('/volumes/'))).toEqual([]);
  });

  test('of another node are left alone', async () => {
    rig = await agentRig({ images });
    const strange = { 'mooring/node': 'node-b', 'io.kubernetes.pod.uid': 'strange' };
    await rig.cluster.apply(podOf());
    await rig.pass(1000);
    const { config } = rig.host.container('web', 'main');
    const id = rig.host.createContainer({ ...config, name: 'strange', podUID: 'strange', labels: strange });
    rig.host.startContainer(id);
    await rig.pass(60_000);
    expect(rig.host.containers.get(id)?.isRunning).toBe(true);
  });
});
