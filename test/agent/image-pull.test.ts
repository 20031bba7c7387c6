import type { Secret } from '@mooring/core';
import { type FakeImages, runsForever } from '@mooring/runtime-fake';
import { afterEach, describe, expect, test } from 'vitest';
import { type AgentRig, agentRig, podOf } from './support/agent-rig.ts';

let rig: AgentRig;
afterEach(() => rig[Symbol.asyncDispose]());

const notFound =
  'failed to pull and unpack image "docker.io/library/nope:1": failed to resolve reference "docker.io/library/nope:1": docker.io/library/nope:1: not found';

const images: FakeImages = {
  'there:1': { run: runsForever },
  'remote:1': { run: runsForever, pull: { delayMs: 2500, sizeBytes: 1234 } },
  'down:1': { pull: { error: { code: 'RUNTIME_UNAVAILABLE', message: 'RegistryUnavailable: 503' } } },
};

const pulls = () => rig.events.filter(({ reason }) => reason === 'Pulling');

describe('an image that is missing', () => {
  test('is told in the kubelet’s words, in its order', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ image: 'nope:1' }));
    await rig.pass(5000);
    expect(rig.eventsOf().map(({ type, reason, message }) => `${type} ${reason}: ${message}`)).toEqual([
      'Normal Pulling: Pulling image "nope:1"',
      `Warning Failed: Failed to pull image "nope:1": ${notFound}`,
      'Warning Failed: Error: ErrImagePull',
      'Normal BackOff: Back-off pulling image "nope:1"',
      'Warning Failed: Error: ImagePullBackOff',
    ]);
    expect(rig.eventsOf().every(({ path }) => path === 'spec.containers{main}')).toBe(true);
    const waiting = rig.history().map(({ status }) => status.containerStatuses?.[0]?.state?.waiting);
    expect(waiting).toContainEqual({ reason: 'ErrImagePull', message: notFound });
    expect(waiting.at(-1)).toEqual({
      reason: 'ImagePullBackOff',
      message: `Back-off pulling image "nope:1": ErrImagePull: ${notFound}`,
    });
    expect(await rig.status()).toMatchObject({ phase: 'Pending', containerStatuses: [{ restartCount: 0 }] });
  });

  test('is asked for again after 10, 20, 40, 80, 160, 300, 300 seconds', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ image: 'nope:1' }));
    await rig.pass(920_000);
    const at = pulls().map(({ atMs }) => atMs / 1000);
    expect(at.slice(1).map((seconds, i) => Math.round(seconds - (at[i] ?? 0)))).toEqual([
      10, 20, 40, 80, 160, 300, 300,
    ]);
  });

  test('is asked for at once under its corrected name', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ image: 'nope:1' }));
    await rig.pass(200_000);
    await rig.cluster.apply(podOf({ image: 'there:1' }));
    await rig.pass(100);
    expect([rig.running, (await rig.container()).restartCount]).toEqual([['web/main#0'], 0]);
  });

  test('is asked for at once on request', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ image: 'nope:1' }));
    await rig.pass(200_000);
    const before = pulls().at(-1)?.count ?? 0;
    const { uid } = (await rig.pod()).metadata;
    await rig.cluster.actor(`pod/${uid}/container/main`).send({ type: 'container.retry' });
    await rig.pass(100);
    expect(pulls().at(-1)?.count).toBe(before + 1);
  });

  test('does not keep the other containers of its pod from running', async () => {
    rig = await agentRig({ images });
    const containers = [
      { name: 'bad', image: 'nope:1' },
      { name: 'good', image: 'there:1' },
    ];
    await rig.cluster.apply(podOf({ containers }));
    await rig.pass(5000);
    expect(rig.running).toEqual(['web/good#0']);
    expect((await rig.status()).phase).toBe('Pending');
  });
});

describe('an image that cannot be had', () => {
  test.each([
    [
      'because its policy is Never',
      podOf({ image: 'remote:1', main: { imagePullPolicy: 'Never' } }),
      {
        reason: 'ErrImageNeverPull',
        message: 'Container image "remote:1" is not present with pull policy of Never',
      },
      [
        'ErrImageNeverPull: Container image "remote:1" is not present with pull policy of Never',
        'Failed: Error: ErrImageNeverPull',
      ],
    ],
    [
      'because its name cannot be read',
      podOf({ image: 'UPPER:::1' }),
      {
        reason: 'InvalidImageName',
        message:
          'Failed to apply default image tag "UPPER:::1": couldn\'t parse image name "UPPER:::1": invalid reference format',
      },
      [
        'InspectFailed: Failed to apply default image tag "UPPER:::1": couldn\'t parse image name "UPPER:::1": invalid reference format',
        'Failed: Error: InvalidImageName',
      ],
    ],
  ])('%s', async (_, pod, waiting, lines) => {
    rig = await agentRig({ images });
    await rig.cluster.apply(pod);
    await rig.pass(3000);
    expect((await rig.container()).state?.waiting).toEqual(waiting);
    expect(rig.lines()).toEqual(lines);
  });

  test('because the runtime does not say whether it is there', async () => {
    rig = await agentRig({ images });
    rig.host.fault('ensureImage', { error: { code: 'RUNTIME_UNAVAILABLE', message: 'broken index' } });
    await rig.cluster.apply(podOf({ image: 'there:1' }));
    await rig.pass(3000);
    const message = 'Failed to inspect image "there:1": broken index';
    expect((await rig.container()).state?.waiting).toEqual({ reason: 'ImageInspectError', message });
    expect(rig.lines()).toEqual([`InspectFailed: ${message}`, 'Failed: Error: ImageInspectError']);
  });

  test('because the registry does not answer: its own reason', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ image: 'down:1' }));
    await rig.pass(500);
    expect((await rig.container()).state?.waiting).toEqual({
      reason: 'RegistryUnavailable',
      message: 'image pull failed for down:1 because the registry is unavailable: 503',
    });
  });
});

describe('an image whose registry wants a login', () => {
  const login = { username: 'me', password: 'secret' };
  const guarded: FakeImages = { 'r.example.com/app:1': { run: runsForever, pull: { login } } };
  const pod = podOf({ image: 'r.example.com/app:1', imagePullSecrets: [{ name: 'key' }, { name: 'lost' }] });
  const auths = JSON.stringify({ auths: { 'r.example.com': login } });
  const key: Secret = {
    ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'key', namespace: 'default' } },
    ...{ type: 'kubernetes.io/dockerconfigjson', stringData: { '.dockerconfigjson': auths } },
  };

  test('is fetched with the secret of its pod, as soon as that is there; what is missing is told', async () => {
    rig = await agentRig({ images: guarded });
    await rig.cluster.apply(pod);
    await rig.pass(500);
    const missing = 'attempting to pull the image may not succeed.';
    expect(rig.lines().slice(0, 2)).toEqual([
      `FailedToRetrieveImagePullSecret: Unable to retrieve some image pull secrets (key, lost); ${missing}`,
      'Pulling: Pulling image "r.example.com/app:1"',
    ]);
    expect((await rig.container()).state?.waiting?.message).toMatch(/pull access denied/);
    await rig.cluster.apply(key);
    await rig.pass(12_000);
    expect((await rig.container()).state?.running).toBeDefined();
    expect(rig.lines()).toContain(
      `FailedToRetrieveImagePullSecret: Unable to retrieve some image pull secrets (lost); ${missing}`,
    );
  });
});

describe('an image that comes', () => {
  test('is told with its time and size, and is there for the next container', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ image: 'remote:1' }));
    await rig.pass(3000);
    expect(rig.lines()).toEqual([
      'Pulling: Pulling image "remote:1"',
      'Pulled: Successfully pulled image "remote:1" in 2.5s (2.5s including waiting). Image size: 1234 bytes.',
      'Created: Container created',
      'Started: Container started',
    ]);
    rig.host.crash('web', 'main');
    await rig.pass(1000);
    expect(rig.lines().slice(5)).toEqual([
      'Pulled: Container image "remote:1" already present on machine and can be accessed by the pod',
      'Created: Container created',
      'Started: Container started',
    ]);
  });

  test('is asked for at every start when its policy is Always', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ image: 'there:1', main: { imagePullPolicy: 'Always' } }));
    await rig.pass(1000);
    rig.host.crash('web', 'main');
    await rig.pass(1000);
    expect(pulls().at(-1)?.count).toBe(2);
  });

  test('is not what the pod wants any more: the other one is fetched before a container is made of it', async () => {
    const slow = { run: runsForever, pull: { delayMs: 2500 } };
    rig = await agentRig({ images: { 'old:1': slow, 'new:1': slow } });
    await rig.cluster.apply(podOf({ image: 'old:1' }));
    await rig.pass(1000);
    await rig.cluster.apply(podOf({ image: 'new:1' }));
    await rig.pass(5000);
    expect(rig.lines().map((line) => line.slice(0, line.indexOf(':')))).toEqual([
      ...['Pulling', 'Pulled', 'Pulling', 'Pulled', 'Created', 'Started'],
    ]);
    expect(await rig.container()).toMatchObject({ image: 'new:1', restartCount: 0 });
  });

  test('is given up when the pod is deleted, even by a pull that does not listen', async () => {
    rig = await agentRig({ images: { ...images, 'slow:1': { pull: { delayMs: 300_000 } } } });
    await rig.cluster.apply(podOf({ image: 'slow:1' }));
    await rig.pass(5000);
    await rig.cluster.delete('Pod', 'default', 'web');
    await rig.pass(1000);
    expect([await rig.exists(), rig.host.containers.size]).toEqual([false, 0]);
  });

  test('too slowly counts as failed', async () => {
    rig = await agentRig({
      images: { 'slow:1': { pull: { delayMs: 300_000 } } },
      node: { pullMsMax: 60_000 },
    });
    await rig.cluster.apply(podOf({ image: 'slow:1' }));
    await rig.pass(60_500);
    expect((await rig.container()).state?.waiting).toMatchObject({ reason: 'ErrImagePull' });
  });
});
