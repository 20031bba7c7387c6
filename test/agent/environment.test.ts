import type { ConfigMap, Pod, Secret } from '@mooring/core';
import { afterEach, describe, expect, test } from 'vitest';
import { type AgentRig, agentRig, podOf } from './support/agent-rig.ts';

const meta = (name: string) => ({ name, namespace: 'default' });
const configMap = (name: string, data: Record<string, string>): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: meta(name),
  data,
});
const secret = (name: string, stringData: Record<string, string>): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: meta(name),
  stringData,
});

let rig: AgentRig;
afterEach(() => rig[Symbol.asyncDispose]());

type MainContainer = Partial<Pod['spec']['containers'][0]>;
const printing = (main: MainContainer): MainContainer => ({
  command: ['sh', '-c', 'env; sleep infinity'],
  ...main,
});

async function environmentOf(main: MainContainer, more: Partial<Pod['spec']> = {}) {
  await rig.cluster.apply(podOf({ image: 'busybox', main: printing(main), ...more }));
  await rig.pass(1000);
  const lines: string[] = [];
  for await (const { text } of rig.cluster.logs({ pod: 'web' })) lines.push(text);
  return Object.fromEntries(lines.map((line) => [line.split('=')[0], line.slice(line.indexOf('=') + 1)]));
}

const busybox = { images: { busybox: {} } };

describe('the environment of a container', () => {
  test('tells of the Services of its namespace, and of the API server', async () => {
    rig = await agentRig(busybox);
    const service = (name: string, namespace: string, clusterIP?: string) => ({
      ...{ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace } },
      spec: { ports: [{ name: 'main', port: 6379 }], ...(clusterIP !== undefined && { clusterIP }) },
    });
    await rig.cluster.apply([
      service('my-redis', 'default', '127.96.0.7'),
      service('headless', 'default', 'None'),
      service('far', 'elsewhere'),
      service('kubernetes', 'default', '127.96.0.1'),
    ]);
    const env = await environmentOf({ env: [{ name: 'MY_REDIS_PORT', value: 'own' }] });
    expect(
      Object.fromEntries(Object.entries(env).filter(([name]) => /REDIS|HEADLESS|FAR/.test(name))),
    ).toEqual({
      MY_REDIS_SERVICE_HOST: '127.96.0.7',
      MY_REDIS_SERVICE_PORT: '6379',
      MY_REDIS_SERVICE_PORT_MAIN: '6379',
      MY_REDIS_PORT: 'own',
      MY_REDIS_PORT_6379_TCP: 'tcp://127.96.0.7:6379',
      MY_REDIS_PORT_6379_TCP_PROTO: 'tcp',
      MY_REDIS_PORT_6379_TCP_PORT: '6379',
      MY_REDIS_PORT_6379_TCP_ADDR: '127.96.0.7',
    });
    expect(env['KUBERNETES_SERVICE_HOST']).toBe('127.96.0.1');
    await rig.cluster.delete('Pod', 'default', 'web', { gracePeriodSeconds: 0 });
    await rig.pass(5000);
    const plain = await environmentOf({}, { enableServiceLinks: false });
    expect(Object.keys(plain).filter((name) => name.endsWith('SERVICE_HOST'))).toEqual([
      'KUBERNETES_SERVICE_HOST',
    ]);
  });

  test('comes from ConfigMaps and Secrets, and what is named itself wins', async () => {
    rig = await agentRig(busybox);
    await rig.cluster.apply([
      configMap('one', { A: 'from one', B: 'from one' }),
      configMap('two', { B: 'from two' }),
      secret('hidden', { TOKEN: 's3cret' }),
    ]);
    const env = await environmentOf({
      envFrom: [
        { configMapRef: { name: 'one' } },
        { configMapRef: { name: 'two' } },
        { configMapRef: { name: 'absent', optional: true } },
        { prefix: 'P_', secretRef: { name: 'hidden' } },
      ],
      env: [
        { name: 'A', value: 'own' },
        { name: 'KEY', valueFrom: { configMapKeyRef: { name: 'one', key: 'B' } } },
        { name: 'JOINED', value: '$(A)-$(B)-$$(A)-$(NOBODY)' },
      ],
    });
    expect(env).toMatchObject({
      A: 'own',
      B: 'from two',
      P_TOKEN: 's3cret',
      KEY: 'from one',
      JOINED: 'own-from two-$(A)-$(NOBODY)',
    });
  });

  test('tells the pod about itself, its address too', async () => {
    rig = await agentRig({ ...busybox, node: { hostIP: '192.0.2.7' } });
    const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
    const env = await environmentOf({
      env: [
        field('NAME', 'metadata.name'),
        field('SPACE', 'metadata.namespace'),
        field('NODE', 'spec.nodeName'),
        field('POD_IP', 'status.podIP'),
        field('HOST_IP', 'status.hostIP'),
        field('UID', 'metadata.uid'),
      ],
    });
    const pod = await rig.pod();
    expect(env).toMatchObject({
      NAME: 'web',
      SPACE: 'default',
      NODE: 'node-a',
      POD_IP: pod.status?.podIP,
      HOST_IP: '192.0.2.7',
      UID: pod.metadata.uid,
    });
    expect(pod.status?.podIP).toMatch(/^10\./);
  });

  test.each([
    [
      'a ConfigMap',
      { configMapRef: { name: 'late' } },
      'configmap "late" not found',
      configMap('late', { K: 'v' }),
    ],
    ['a Secret', { secretRef: { name: 'late' } }, 'secret "late" not found', secret('late', { K: 'v' })],
  ])(
    'waits for %s that is missing, says so, and goes on when it appears',
    async (_, source, words, object) => {
      rig = await agentRig(busybox);
      await rig.cluster.apply(podOf({ image: 'busybox', main: printing({ envFrom: [source] }) }));
      await rig.pass(5000);
      expect((await rig.container()).state).toEqual({
        waiting: { reason: 'CreateContainerConfigError', message: words },
      });
      expect(rig.lines()).toContain(`Failed: Error: ${words}`);
      expect((await rig.status()).phase).toBe('Pending');
      await rig.cluster.apply(object);
      await rig.pass(15_000);
      expect(rig.running).toEqual(['web/main#0']);
      expect((await rig.container()).restartCount).toBe(0);
    },
  );

  test('refuses a key that is not there', async () => {
    rig = await agentRig(busybox);
    await rig.cluster.apply([
      configMap('one', { A: '1' }),
      podOf({
        image: 'busybox',
        main: { env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'one', key: 'nope' } } }] },
      }),
    ]);
    await rig.pass(1000);
    expect((await rig.container()).state?.waiting).toEqual({
      reason: 'CreateContainerConfigError',
      message: "couldn't find key nope in ConfigMap default/one",
    });
  });

  test('a root user is refused where none may be', async () => {
    rig = await agentRig();
    await rig.cluster.apply(podOf({ main: { securityContext: { runAsNonRoot: true, runAsUser: 0 } } }));
    await rig.pass(1000);
    expect((await rig.container()).state?.waiting?.message).toMatch(
      /^container's runAsUser breaks non-root policy/,
    );
  });
});

describe('volumes', () => {
  const mounting = (volume: object) =>
    podOf({
      image: 'busybox',
      main: { command: ['sh', '-c', 'sleep infinity'], volumeMounts: [{ name: 'v', mountPath: '/v' }] },
      volumes: [{ name: 'v', ...volume }],
    });
  const fileOf = async (name: string) =>
    (await rig.cluster.exec({ pod: 'web' }, ['cat', `/v/${name}`])).output;

  test('hold the whole pod until their Secret appears, with events', async () => {
    rig = await agentRig(busybox);
    await rig.cluster.apply(mounting({ secret: { secretName: 'late' } }));
    await rig.pass(20_000);
    expect(rig.reasons()).toContain('FailedMount');
    expect((await rig.container()).state).toEqual({ waiting: { reason: 'ContainerCreating' } });
    expect(rig.running).toEqual([]);
    await rig.cluster.apply(secret('late', { K: 'v' }));
    await rig.pass(122_000);
    expect(await fileOf('K')).toBe('v');
  });

  test('follow their ConfigMap without a restart', async () => {
    rig = await agentRig(busybox);
    await rig.cluster.apply([configMap('c', { k: 'old' }), mounting({ configMap: { name: 'c' } })]);
    await rig.pass(2000);
    expect(await fileOf('k')).toBe('old');
    await rig.cluster.apply(configMap('c', { k: 'new' }));
    await rig.pass(2000);
    expect(await fileOf('k')).toBe('new');
    expect((await rig.container()).restartCount).toBe(0);
  });

  test('take in an optional ConfigMap that appears later', async () => {
    rig = await agentRig(busybox);
    await rig.cluster.apply(mounting({ configMap: { name: 'c', optional: true } }));
    await rig.pass(2000);
    expect(rig.running).toEqual(['web/main#0']);
    await rig.cluster.apply(configMap('c', { k: 'v' }));
    await rig.pass(2000);
    expect(await fileOf('k')).toBe('v');
  });

  test('show labels as they are now', async () => {
    rig = await agentRig(busybox);
    const items = [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }];
    const pod = mounting({ downwardAPI: { items } });
    await rig.cluster.apply({ ...pod, metadata: { ...pod.metadata, labels: { tier: 'one' } } });
    await rig.pass(2000);
    await rig.cluster.apply({ ...pod, metadata: { ...pod.metadata, labels: { tier: 'two' } } });
    await rig.pass(2000);
    expect(await fileOf('labels')).toBe('tier="two"');
  });

  test('that are empty live as long as the pod, over restarts of its containers', async () => {
    rig = await agentRig(busybox);
    await rig.cluster.apply(mounting({ emptyDir: {} }));
    await rig.pass(2000);
    await rig.cluster.exec({ pod: 'web' }, ['sh', '-c', 'echo kept > /v/file']);
    rig.host.crash('web', 'main');
    await rig.pass(2000);
    expect(rig.running).toEqual(['web/main#1']);
    expect(await fileOf('file')).toBe('kept\n');
    await rig.cluster.delete('Pod', 'default', 'web');
    await rig.pass(60_000);
    expect(rig.disk.folders().filter((folder) => folder.startsWith('/volumes/'))).toEqual([]);
  });
});
