import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fc } from '../../../test/support/fast-check.ts';
import { configMapOf, deploymentOf, inDefault, podOf } from './support/objects.ts';
import { type Served, serve } from './support/server.ts';

let served: Served;
const errors: object[] = [];

beforeAll(async () => {
  const logger = {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: (fields: object) => errors.push(fields),
    child: () => logger,
  };
  served = await serve({ api: { logger, bodyBytesMax: 50_000 } });
  await served.ask('POST', `${inDefault}/pods`, podOf('web'));
  await served.ask('POST', `${inDefault}/configmaps`, configMapOf('web', { a: '1' }));
  await served.ask('POST', '/apis/apps/v1/namespaces/default/deployments', deploymentOf('web'));
});

afterAll(async () => {
  await served[Symbol.asyncDispose]();
});

const word = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom(
      'web',
      'default',
      'pods',
      'configmaps',
      'deployments',
      'events',
      'nodes',
      'namespaces',
      'services',
      'leases',
      'endpointslices',
      'secrets',
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'status',
      'scale',
      'binding',
      'eviction',
      'finalize',
      'log',
      'exec',
      'v1',
      'v2',
      'api',
      'apis',
      'apps',
      'openapi',
      'metrics',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('%2e%2e', '%00', '%zz', '..', '', '__proto__', 'constructor', 'x'.repeat(300)),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 8 }).map(encodeURIComponent) },
);
const known = fc.constantFrom(
  '/api/v1/namespaces/default/pods',
  '/api/v1/namespaces/default/configmaps',
  '/api/v1/namespaces/default/services',
  '/api/v1/namespaces/default/events',
  '/api/v1/namespaces/default/endpoints',
  '/api/v1/namespaces/default/secrets',
  '/api/v1/namespaces/default/replicationcontrollers',
  '/api/v1/nodes',
  '/api/v1/namespaces',
  '/apis/apps/v1/namespaces/default/deployments',
  '/apis/apps/v1/namespaces/default/replicasets',
  '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices',
  '/apis/coordination.k8s.io/v1/namespaces/default/leases',
);
const subresource = fc.constantFrom(
  ...['/status', '/scale', '/binding', '/eviction', '/finalize', '/ephemeralcontainers'],
);
const path = fc.oneof(
  { weight: 6, arbitrary: known },
  { weight: 12, arbitrary: known.map((root) => `${root}/web`) },
  { weight: 4, arbitrary: fc.tuple(known, subresource).map(([root, sub]) => `${root}/web${sub}`) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(known, fc.array(word, { maxLength: 3 }))
      .map(([root, rest]) => [root, ...rest].join('/')),
  },
  { weight: 1, arbitrary: fc.array(word, { maxLength: 7 }).map((words) => `/${words.join('/')}`) },
);
const queryName = fc.constantFrom(
  'labelSelector',
  'fieldSelector',
  'limit',
  'continue',
  'resourceVersion',
  'fieldManager',
  'fieldValidation',
  'dryRun',
  'gracePeriodSeconds',
  'propagationPolicy',
  'orphanDependents',
  'force',
  'includeObject',
  'timeoutSeconds',
);
const queryValue = fc.oneof(
  fc.constantFrom(
    'All',
    'Strict',
    'true',
    '0',
    '-1',
    '9'.repeat(20),
    'a=b',
    'a in (b,c)',
    'metadata.name=web',
    'bWFkZS11cA',
    'Orphan',
    'e30',
  ),
  fc.string({ maxLength: 12 }),
);
const query = fc
  .array(fc.tuple(queryName, queryValue), { maxLength: 3 })
  .map((pairs) => String(new URLSearchParams(pairs)));

const plainType = fc.constantFrom(
  undefined,
  undefined,
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'text/plain',
  ';;;',
);
const patchType = fc.constantFrom(
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
  'application/json',
);
const accept = fc.constantFrom(
  undefined,
  'application/json',
  '*/*',
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
  'application/vnd.kubernetes.protobuf',
  'nonsense;q=x',
);

/** Objects that are nearly right, with something odd in the place of any field. */
const odd = fc.oneof(
  fc.constantFrom(null, 0, -1, 1.5, true, '', 'web', [], {}, [null], [{}], { a: null }),
  fc.jsonValue({ maxDepth: 3 }),
);
const field = fc.constantFrom(
  'metadata',
  'spec',
  'status',
  'data',
  'type',
  'kind',
  'apiVersion',
  'involvedObject',
  'target',
  'deleteOptions',
  'subsets',
  'endpoints',
  'preconditions',
  'dryRun',
);
const inner = fc.constantFrom(
  'name',
  'namespace',
  'generateName',
  'labels',
  'annotations',
  'finalizers',
  'ownerReferences',
  'managedFields',
  'resourceVersion',
  'uid',
  'containers',
  'replicas',
  'selector',
  'template',
  'ports',
  'taints',
  'conditions',
  'phase',
  '$patch',
  '$retainKeys',
  '$setElementOrder/containers',
);
const seeds = fc.constantFrom<object>(
  podOf('web'),
  configMapOf('web', { a: '1' }),
  deploymentOf('web'),
  { metadata: { name: 'web' }, spec: { ports: [{ port: 80 }], selector: { app: 'web' } } },
  { metadata: { name: 'web' }, involvedObject: { kind: 'Pod', name: 'web', namespace: 'default' } },
  { metadata: { name: 'web' }, addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'] }] },
  { metadata: { name: 'web' } },
  { spec: { replicas: 2 }, target: { name: 'node-a' } },
  {},
);
const nearly = fc
  .tuple(seeds, fc.array(fc.tuple(field, fc.option(inner), odd), { maxLength: 3 }), fc.boolean())
  .map(([object, changes, isHeaded]) => {
    const { apiVersion, kind, ...rest } = structuredClone(object) as Record<string, unknown>;
    const changed: Record<string, unknown> = isHeaded ? { apiVersion, kind, ...rest } : rest;
    for (const [at, within, value] of changes) {
      const there = changed[at];
      const isObject = typeof there === 'object' && there !== null && !Array.isArray(there);
      changed[at] = within === null ? value : { ...(isObject ? there : {}), [within]: value };
    }
    return JSON.stringify(changed);
  });
const pointer = fc.constantFrom(
  '',
  '/',
  '/metadata',
  '/metadata/name',
  '/data/a',
  '/spec/replicas',
  '/spec/containers/0',
  '/spec/containers/-',
  '/status',
  '/a~1b',
  '/metadata/managedFields',
);
const operation = fc.record(
  {
    op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'nothing'),
    path: pointer,
    from: pointer,
    value: odd,
  },
  { requiredKeys: ['op'] },
);
const body = fc.oneof(
  { weight: 12, arbitrary: nearly.map((text) => Buffer.from(text)) },
  {
    weight: 2,
    arbitrary: fc.array(operation, { maxLength: 4 }).map((list) => Buffer.from(JSON.stringify(list))),
  },
  {
    weight: 1,
    arbitrary: fc
      .uint8Array({ maxLength: 40 })
      .map((bytes) => Buffer.concat([Buffer.from('k8s\0', 'latin1'), bytes])),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(
        '',
        '{',
        '[]',
        'null',
        '"a"',
        'a: &a [*a]',
        '{"__proto__":{"x":1}}',
        `${'['.repeat(2000)}`,
      )
      .map((text) => Buffer.from(text)),
  },
);

const asked = fc.record({
  method: fc.constantFrom(
    'GET',
    'HEAD',
    'POST',
    'POST',
    'POST',
    'PUT',
    'PUT',
    'PATCH',
    'PATCH',
    'PATCH',
    'DELETE',
    'OPTIONS',
  ),
  path,
  query,
  plainType,
  patchType,
  accept,
  body,
});

function send({
  method,
  path: to,
  query: words,
  plainType: plain,
  patchType: patch,
  accept: form,
  body: bytes,
}: typeof asked extends fc.Arbitrary<infer T> ? T : never): Promise<number> {
  const { port } = served.server;
  const type = method === 'PATCH' ? patch : plain;
  const headers = {
    ...(type !== undefined && { 'content-type': type }),
    ...(form !== undefined && { accept: form }),
    'content-length': bytes.length,
  };
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: '127.0.0.1', port, method, path: `${to}?${words}`, headers },
      (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
      },
    );
    request.on('error', reject);
    request.end(bytes);
  });
}

it('nothing that is asked is answered with an error of the server', async () => {
  await fc.assert(
    fc.asyncProperty(asked, async (given) => {
      const code = await send(given);
      expect({ code, errors }).toEqual({
        code: expect.toSatisfy((is: number) => is >= 200 && is < 500),
        errors: [],
      });
    }),
    { numRuns: 800, endOnFailure: true },
  );
  expect(await served.ask('GET', `${inDefault}/pods`)).toMatchObject({ code: 200 });
});
