import {
  ApiException,
  AppsV1Api,
  CoreV1Api,
  KubeConfig,
  KubernetesObjectApi,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  type V1ConfigMap,
  Watch,
} from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deploymentOf } from './support/objects.ts';
import { type Served, serve } from './support/server.ts';

let served: Served;
let config: KubeConfig;
let core: CoreV1Api;

beforeAll(async () => {
  served = await serve();
  config = new KubeConfig();
  config.loadFromClusterAndUser(
    // The client wants to be told that it may do without TLS.
    { name: 'mooring', server: served.server.url, skipTLSVerify: true },
    { name: 'nobody' },
  );
  core = config.makeApiClient(CoreV1Api);
});

afterAll(async () => {
  await served?.[Symbol.asyncDispose]();
});

const namespace = 'default';
const configMap = (name: string, data: Record<string, string> = {}, labels: Record<string, string> = {}) => ({
  metadata: { name, labels },
  data,
});

describe('@kubernetes/client-node', () => {
  it('creates, reads, lists, replaces and deletes', async () => {
    const created = await core.createNamespacedConfigMap({ namespace, body: configMap('made', { a: '1' }) });
    expect(created.metadata?.creationTimestamp).toBeInstanceOf(Date);
    const replaced = await core.replaceNamespacedConfigMap({
      name: 'made',
      namespace,
      body: { ...created, data: { a: '2' } },
    });
    expect(replaced.data).toEqual({ a: '2' });
    const { items } = await core.listNamespacedConfigMap({ namespace, fieldSelector: 'metadata.name=made' });
    expect(items.map(({ data }) => data)).toEqual([{ a: '2' }]);
    expect(await core.deleteNamespacedConfigMap({ name: 'made', namespace })).toMatchObject({
      status: 'Success',
    });
    const error: unknown = await core
      .readNamespacedConfigMap({ name: 'made', namespace })
      .catch((reason) => reason);
    expect(error).toBeInstanceOf(ApiException);
    expect(error).toMatchObject({
      code: 404,
      body: expect.stringContaining('configmaps \\"made\\" not found'),
    });
  });

  it('patches in every way', async () => {
    await core.createNamespacedConfigMap({ namespace, body: configMap('patched', { a: '1' }) });
    const patch = async (body: object, type: PatchStrategy, more: object = {}) => {
      const options = setHeaderOptions('Content-Type', type);
      const { data } = await core.patchNamespacedConfigMap(
        { name: 'patched', namespace, body, ...more },
        options,
      );
      return data;
    };
    const operations = [{ op: 'replace', path: '/data/a', value: '2' }];
    expect(await patch(operations, PatchStrategy.JsonPatch)).toEqual({ a: '2' });
    expect(await patch({ data: { b: '3' } }, PatchStrategy.MergePatch)).toEqual({ a: '2', b: '3' });
    expect(await patch({ data: { a: null } }, PatchStrategy.StrategicMergePatch)).toEqual({ b: '3' });
    const applied = { apiVersion: 'v1', kind: 'ConfigMap', ...configMap('patched', { c: '4' }) };
    const manager = { fieldManager: 'test' };
    expect(await patch(applied, PatchStrategy.ServerSideApply, manager)).toEqual({ b: '3', c: '4' });
  });

  it('scales', async () => {
    const apps = config.makeApiClient(AppsV1Api);
    await apps.createNamespacedDeployment({ namespace, body: deploymentOf('scaled') });
    const scale = await apps.readNamespacedDeploymentScale({ name: 'scaled', namespace });
    expect(scale).toMatchObject({ spec: { replicas: 2 }, status: { selector: 'app=scaled' } });
    const body = { ...scale, spec: { replicas: 3 } };
    expect(await apps.replaceNamespacedDeploymentScale({ name: 'scaled', namespace, body })).toMatchObject({
      spec: { replicas: 3 },
    });
  });

  it('works with objects of which it knows the kind alone', async () => {
    const objects = KubernetesObjectApi.makeApiClient(config);
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'generic', namespace },
      spec: { selector: { app: 'a' }, ports: [{ port: 80 }] },
    };
    await objects.create(service);
    expect(await objects.read(service)).toMatchObject({
      spec: { clusterIP: expect.stringMatching(/^127\./) },
    });
    await objects.delete(service);
  });

  it('watches', async () => {
    let see: (name: string) => void = () => {};
    const seen = new Promise<string>((resolve) => {
      see = resolve;
    });
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const watching = await new Watch(config).watch(
      path,
      { labelSelector: 'watch=me' },
      (type: string, object: V1ConfigMap) => see(`${type} ${object.metadata?.name}`),
      () => {},
    );
    await core.createNamespacedConfigMap({ namespace, body: configMap('watched', {}, { watch: 'me' }) });
    expect(await seen).toBe('ADDED watched');
    watching.abort();
  });

  it('keeps an informer up to date', async () => {
    const labelSelector = 'inform=me';
    const listAll = () => core.listNamespacedConfigMap({ namespace, labelSelector });
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const informer = makeInformer(config, path, listAll, labelSelector);
    const told: string[] = [];
    for (const verb of ['add', 'update', 'delete'] as const)
      informer.on(verb, ({ metadata }) => told.push(`${verb} ${metadata?.name}`));
    await core.createNamespacedConfigMap({ namespace, body: configMap('i1', {}, { inform: 'me' }) });
    await informer.start();
    await core.createNamespacedConfigMap({ namespace, body: configMap('i2', {}, { inform: 'me' }) });
    await core.deleteNamespacedConfigMap({ name: 'i1', namespace });
    await expect.poll(() => told, { timeout: 60_000 }).toEqual(['add i1', 'add i2', 'delete i1']);
    expect(informer.list().map(({ metadata }) => metadata?.name)).toEqual(['i2']);
    informer.on('error', () => {});
    await informer.stop();
  });
});
