import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Served, serve } from './support/server.ts';

let served: Served;

beforeAll(async () => {
  served = await serve();
});

afterAll(async () => {
  await served[Symbol.asyncDispose]();
});

const aggregatedV2 = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const aggregatedBeta = 'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList';

describe('a kind that is not here', () => {
  const path = '/apis/apps/v1/namespaces/default/daemonsets';

  it('has no objects for those who ask without looking, and is nothing else', async () => {
    const none = { kind: 'DaemonSetList', apiVersion: 'apps/v1', items: [] };
    expect(await served.ask('GET', path)).toMatchObject({ code: 200, body: none });
    expect(await served.ask('GET', '/apis/apps/v1/daemonsets')).toMatchObject({ code: 200, body: none });
    const ownKinds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const noKinds = {
      kind: 'CustomResourceDefinitionList',
      apiVersion: 'apiextensions.k8s.io/v1',
      items: [],
    };
    expect(await served.ask('GET', ownKinds)).toMatchObject({ code: 200, body: noKinds });
    const others: [string, string][] = [
      ['POST', ownKinds],
      ['POST', path],
      ['GET', `${path}/a`],
      ['GET', `${path}?watch=1`],
      ['DELETE', path],
      ['GET', '/apis/apps/v1/namespaces/default/statefulsets'],
    ];
    for (const [method, at] of others)
      expect(await served.ask(method, at)).toMatchObject({
        code: 404,
        body: { message: expect.stringMatching(/^the server could not find the requested resource/) },
      });
    expect(await served.ask('POST', '/apis/batch/v1/namespaces/default/jobs')).toMatchObject({
      code: 404,
      body: { message: expect.stringContaining(': there are no jobs of batch/v1 here; `kubectl api-') },
    });
  });
});

describe('discovery', () => {
  it('lists versions and groups for old clients', async () => {
    const core = await served.ask('GET', '/api');
    expect(core).toMatchObject({ code: 200, body: { kind: 'APIVersions', versions: ['v1'] } });
    const { body } = await served.ask('GET', '/apis?timeout=32s');
    const groups = body.groups.map(({ name }: { name: string }) => name);
    expect(groups).toEqual(expect.arrayContaining(['apps', 'discovery.k8s.io', 'coordination.k8s.io']));
    expect(body.groups[0].preferredVersion).toEqual(body.groups[0].versions[0]);
  });

  it('lists the resources of a version, with those below them', async () => {
    const { body } = await served.ask('GET', '/apis/apps/v1');
    expect(body).toMatchObject({ kind: 'APIResourceList', groupVersion: 'apps/v1' });
    const names = body.resources.map(({ name }: { name: string }) => name);
    expect(names).toEqual([
      'replicasets',
      'replicasets/status',
      'replicasets/scale',
      'deployments',
      'deployments/status',
      'deployments/scale',
    ]);
    expect(body.resources[2]).toMatchObject({ kind: 'Scale', group: 'autoscaling', version: 'v1' });
    expect(body.resources[3]).toMatchObject({ shortNames: ['deploy'], categories: ['all'] });
  });

  it('tells all at once where that is wanted, in the first form that both know', async () => {
    const both = { accept: `${aggregatedV2},${aggregatedBeta},application/json` };
    const { headers, body } = await served.ask('GET', '/apis', undefined, both);
    expect(headers.get('content-type')).toBe(aggregatedV2);
    expect(body).toMatchObject({ kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2' });
    const core = await served.ask('GET', '/api', undefined, { accept: aggregatedBeta });
    expect(core.headers.get('content-type')).toBe(aggregatedBeta);
    const [item] = core.body.items;
    const pods = item.versions[0].resources.find(({ resource }: { resource: string }) => resource === 'pods');
    expect(pods).toMatchObject({ scope: 'Namespaced', singularResource: 'pod', shortNames: ['po'] });
    const parts = pods.subresources.map((sub: { subresource: string }) => sub.subresource);
    expect(parts).toEqual(expect.arrayContaining(['eviction', 'ephemeralcontainers']));
  });

  it('says what version of the API it is', async () => {
    const { body } = await served.ask('GET', '/version');
    expect(body).toMatchObject({ major: '1', gitVersion: expect.stringMatching(/^v1\.\d+\.\d+/) });
  });

  it.each([
    '/apis/nobody',
    '/apis/apps/v9',
    '/api/v1/nothing',
    '/nothing',
    '/api/v1/%zz',
    '/api/v1/pods/a/b/c',
  ])('knows no %s', async (path) => {
    const { code, body } = await served.ask('GET', path);
    expect(code).toBe(404);
    expect(body).toMatchObject({ kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404 });
  });
});
