/** Real servers as pods behind a real Service: what its clients notice when pods come and go, which is nothing. */

import { join } from 'node:path';
import { type ApiObject, type Cluster, createCluster, type StoredPod } from '@mooring/core';
import { httpProbe } from '@mooring/probe-http';
import { processRuntime } from '@mooring/runtime-process';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { ask, HttpLoad } from './support/http-load.ts';

const server = ['node', join(import.meta.dirname, 'fixtures/service-traffic/server.mjs')];
const image = (version: string) => ({ argv: server, env: { VERSION: version } });
const timeoutMs = 60_000;

const deployment = (version: string): ApiObject =>
  ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: {
          containers: [
            {
              name: 'web',
              image: `web:${version}`,
              env: [{ name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
              readinessProbe: {
                httpGet: { path: '/ready', port: 8080 },
                periodSeconds: 1,
                timeoutSeconds: 5,
                failureThreshold: 1,
              },
            },
          ],
        },
      },
    },
  }) as ApiObject;

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default' },
  spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
} as ApiObject;

let cluster: Cluster;
let at: { readonly host: string; readonly port: number };
let load: HttpLoad;

beforeAll(async () => {
  cluster = await createCluster({
    plugins: [httpProbe(), processRuntime({ images: { 'web:1': image('1'), 'web:2': image('2') } })],
    nodes: [{ name: 'node-a' }],
  });
  await cluster.apply([service, deployment('1')]);
  await cluster.rollout.finished('Deployment/default/web', { timeoutMs });
  const created = await cluster.get('Service', 'default', 'web');
  at = { host: String(created?.spec.clusterIP), port: 80 };
  await until(async () => expect(await readyPods()).toHaveLength(3));
}, 2 * timeoutMs);

afterAll(() => cluster.close(), timeoutMs);

beforeEach(async () => {
  load = new HttpLoad({ ...at, workers: 8, requestsMax: 50_000 });
  await load.further(100);
});

afterEach(() => load.stop());

/** None was lost, and there were enough of them to mean something. */
async function expectNoLoss(): Promise<void> {
  await load.further(200);
  await load.stop();
  expect(load.failures).toEqual([]);
  expect(load.answers.length).toBeGreaterThan(300);
}

async function until(assertion: () => Promise<void>): Promise<void> {
  await vi.waitFor(assertion, { timeout: timeoutMs, interval: 20 });
}

/** The names of the pods that the Service leads to. */
async function readyPods(): Promise<readonly string[]> {
  const slices = await cluster.list('EndpointSlice', 'default');
  const endpoints = slices.flatMap((slice) => slice.endpoints);
  return endpoints.flatMap(({ conditions, targetRef }) =>
    conditions?.ready === true && targetRef !== undefined ? [targetRef.name] : [],
  );
}

async function podNamed(name: string | undefined): Promise<StoredPod> {
  const pod = await cluster.get('Pod', 'default', name ?? '');
  if (pod === undefined) throw new Error(`there is no pod ${name}`);
  return pod;
}

describe('a client of a Service loses no request', () => {
  test('when a pod turns unready', { timeout: 4 * timeoutMs }, async () => {
    const [victim = ''] = await readyPods();
    const { status } = await podNamed(victim);
    await ask({ host: String(status?.podIP), port: 8080 }, '/turn-unready');
    await until(async () => expect(await readyPods()).not.toContain(victim));
    // Those that were on their way there are over.
    await load.further(50);
    const before = load.answers.length;
    await load.further(200);
    expect(load.answers.slice(before).filter((answer) => answer.startsWith(victim))).toEqual([]);
    await expectNoLoss();
    expect((await podNamed(victim)).status?.phase).toBe('Running');
    // It leaves, and another one takes its place.
    await cluster.delete('Pod', 'default', victim);
    await until(async () => expect(await readyPods()).toHaveLength(3));
  });

  test('when a pod is deleted, not even one that takes its time', { timeout: 4 * timeoutMs }, async () => {
    let victim = '';
    let isKnown = () => {};
    const known = new Promise<void>((resolve) => {
      isKnown = resolve;
    });
    const slow = ask(at, '/slow', (text) => {
      victim ||= text;
      isKnown();
    });
    await known;
    await cluster.delete('Pod', 'default', victim);
    expect(await slow).toBe(`${victim} to the end`);
    await cluster.waitFor(`Pod/default/${victim}`, 'deleted', { timeoutMs });
    await until(async () => expect(await readyPods()).toHaveLength(3));
    await expectNoLoss();
  });

  test('while all pods are replaced by a rolling update', { timeout: 6 * timeoutMs }, async () => {
    const old = await readyPods();
    await cluster.apply(deployment('2'));
    await cluster.rollout.finished('Deployment/default/web', { timeoutMs: 2 * timeoutMs });
    for (const name of old) await cluster.waitFor(`Pod/default/${name}`, 'deleted', { timeoutMs });
    await load.further(50);
    const before = load.answers.length;
    await expectNoLoss();
    const versions = load.answers.map((answer) => answer.split(' ')[1]);
    expect(new Set(versions)).toEqual(new Set(['1', '2']));
    expect(new Set(versions.slice(before))).toEqual(new Set(['2']));
  });
});
