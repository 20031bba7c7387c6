import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Authorizer } from '../src/auth/authorize.ts';
import type { AccessRule, TokenUser } from '../src/index.ts';
import { appsInDefault, configMapOf, deploymentOf, inDefault, podOf } from './support/objects.ts';
import { type Served, serve } from './support/server.ts';

const token = (name: string) => `token-of-${name}`.padEnd(20, '-');

const names = ['root', 'ed', 'eve', 'ned', 'nobody', 'system:node:node-a'];
const groups: Readonly<Record<string, readonly string[]>> = {
  root: ['system:masters'],
  'system:node:node-a': ['system:nodes'],
  eve: ['watchers'],
};
const tokens: readonly TokenUser[] = names.map((name) => ({
  name,
  token: token(name),
  groups: groups[name] ?? [],
}));
const access: readonly AccessRule[] = [
  { user: 'ed', role: 'edit' },
  { group: 'watchers', role: 'view' },
  { user: 'ned', role: 'edit', namespace: 'team' },
];

let served: Served;
const logged: object[] = [];
const as = (name: string) => ({ authorization: `Bearer ${token(name)}` });
const ask = (name: string, method: string, path: string, body?: unknown, headers: object = {}) =>
  served.ask(method, path, body, { ...as(name), ...headers });

beforeAll(async () => {
  const logger = {
    debug: (fields: object) => logged.push(fields),
    info: (fields: object) => logged.push(fields),
    warn: () => {},
    error: () => {},
    child: () => logger,
  };
  served = await serve({ api: { tokens, access, logger } });
  await ask('root', 'POST', '/api/v1/namespaces', { metadata: { name: 'team' } });
  for (const [name, nodeName] of Object.entries({ own: 'node-a', other: 'node-b' })) {
    const volumes = [{ name: 'v', configMap: { name: `cm-${name}` } }];
    await ask('root', 'POST', `${inDefault}/pods`, podOf(name, { nodeName, volumes }));
    await ask('root', 'POST', `${inDefault}/configmaps`, configMapOf(`cm-${name}`));
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: nodeName } };
    await ask('root', 'POST', '/api/v1/nodes', node);
  }
  await ask('root', 'POST', `${appsInDefault}/deployments`, deploymentOf('web'));
});

afterAll(async () => {
  await served[Symbol.asyncDispose]();
});

const merge = { 'content-type': 'application/merge-patch+json' };
const lease = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';

type Expected = readonly [code: number, method: string, path: string, body?: object];

describe.each<[string, readonly Expected[]]>([
  [
    'root',
    [
      [200, 'GET', `${inDefault}/secrets`],
      [201, 'POST', '/api/v1/namespaces', { metadata: { name: 'new' } }],
      [200, 'GET', '/metrics'],
    ],
  ],
  [
    'ed',
    [
      [200, 'GET', `${inDefault}/secrets`],
      [201, 'POST', `${inDefault}/configmaps`, configMapOf('of-ed')],
      [200, 'PATCH', `${appsInDefault}/deployments/web/scale`, { spec: { replicas: 3 } }],
      [403, 'PATCH', `${appsInDefault}/deployments/web/status`, { status: { replicas: 3 } }],
      [403, 'POST', '/api/v1/namespaces', { metadata: { name: 'mine' } }],
      [403, 'DELETE', '/api/v1/nodes/node-a'],
      [403, 'POST', `${inDefault}/pods/own/binding`, { target: { name: 'node-b' } }],
      [200, 'PATCH', `${inDefault}/pods/own/ephemeralcontainers`, {}],
      [403, 'DELETE', `${inDefault}/endpoints/x`],
      [200, 'GET', '/api/v1/nodes'],
    ],
  ],
  [
    'eve',
    [
      [200, 'GET', '/api/v1/pods'],
      [200, 'GET', `${appsInDefault}/deployments/web`],
      [403, 'GET', `${inDefault}/secrets`],
      [403, 'GET', '/api/v1/secrets?watch=1'],
      [403, 'POST', `${inDefault}/pods`, podOf('of-eve')],
      [403, 'DELETE', `${inDefault}/pods/own`],
      [403, 'PATCH', `${inDefault}/pods/own/ephemeralcontainers`, {}],
      [403, 'GET', `${inDefault}/pods/own/exec`],
      [403, 'POST', `${inDefault}/pods/own/portforward`],
      [200, 'GET', '/metrics'],
    ],
  ],
  [
    'ned',
    [
      [201, 'POST', '/api/v1/namespaces/team/configmaps', configMapOf('of-ned')],
      [403, 'POST', `${inDefault}/configmaps`, configMapOf('of-ned')],
      [403, 'GET', '/api/v1/pods'],
      [200, 'GET', '/api/v1/namespaces/team'],
      [403, 'GET', '/metrics'],
    ],
  ],
  [
    'nobody',
    [
      [200, 'GET', '/api'],
      [200, 'GET', '/openapi/v3'],
      [403, 'GET', `${inDefault}/pods`],
    ],
  ],
  [
    'system:node:node-a',
    [
      [200, 'GET', '/api/v1/pods?fieldSelector=spec.nodeName%3Dnode-a'],
      [403, 'GET', '/api/v1/pods'],
      // A comma behind a backslash begins no term of its own.
      [403, 'GET', '/api/v1/pods?fieldSelector=metadata.name!%3Dx%5C,spec.nodeName%3Dnode-a'],
      [403, 'GET', '/api/v1/nodes?fieldSelector=spec.unschedulable!%3Dx%5C,metadata.name%3Dnode-a'],
      [200, 'GET', '/api/v1/nodes?fieldSelector=metadata.name%3D%3Dnode-a'],
      [200, 'GET', `${inDefault}/pods/own`],
      [403, 'GET', `${inDefault}/pods/other`],
      [200, 'PATCH', `${inDefault}/pods/own/status`, { status: { phase: 'Running' } }],
      [403, 'PATCH', `${inDefault}/pods/other/status`, { status: { phase: 'Running' } }],
      [403, 'PATCH', `${inDefault}/pods/own`, { metadata: { labels: { a: 'b' } } }],
      [403, 'POST', `${inDefault}/pods`, podOf('of-node', { nodeName: 'node-a' })],
      [200, 'PATCH', '/api/v1/nodes/node-a/status', { status: { conditions: [] } }],
      [403, 'PATCH', '/api/v1/nodes/node-b/status', { status: { conditions: [] } }],
      [403, 'POST', '/api/v1/nodes', { metadata: { name: 'node-c' } }],
      [201, 'POST', lease, { metadata: { name: 'node-a' } }],
      [403, 'POST', lease, { metadata: { name: 'node-b' } }],
      [403, 'GET', '/apis/coordination.k8s.io/v1/namespaces/default/leases/node-a'],
      [200, 'GET', `${inDefault}/configmaps/cm-own`],
      [403, 'GET', `${inDefault}/configmaps/cm-other`],
      [403, 'GET', `${inDefault}/configmaps`],
      [200, 'GET', '/api/v1/services'],
      [403, 'GET', '/metrics'],
    ],
  ],
])('%s', (name, requests) => {
  it.for(requests)('gets %i for %s %s', async ([code, method, path, body]) => {
    const answer = await ask(name, method, path, body, method === 'PATCH' ? merge : {});
    expect(answer.code).toBe(code);
    if (code === 403) expect(answer.body.message).toContain(`User "${name}" cannot`);
  });
});

describe('who is not known', () => {
  it('gets to know whether the server lives, and nothing else', async () => {
    expect(await served.ask('GET', '/readyz')).toMatchObject({ code: 200, body: 'ok' });
    for (const path of ['/api', '/metrics', `${inDefault}/pods`, '/openapi/v2'])
      expect(await served.ask('GET', path)).toMatchObject({ code: 401, body: { reason: 'Unauthorized' } });
  });

  it('by a token that is wrong is told so everywhere', async () => {
    const wrong = { authorization: 'Bearer token-of-root' };
    expect(await served.ask('GET', '/version', undefined, wrong)).toMatchObject({ code: 401 });
    const basic = { authorization: 'Basic cm9vdDpyb290' };
    expect(await served.ask('GET', '/version', undefined, basic)).toMatchObject({ code: 401 });
  });
});

describe('a token among the protocols of a WebSocket', () => {
  /** Without a header, as a page of the web opens it. */
  const answerOf = (protocols: readonly string[], pod = 'nobody') =>
    new Promise<{ code: number | undefined; message: string }>((resolve, reject) => {
      const path = `${inDefault}/pods/${pod}/exec?command=ls&stdout=1`;
      const socket = new WebSocket(served.server.url.replace('http', 'ws') + path, [...protocols]);
      socket.on('unexpected-response', (_, response) => {
        response.on('data', (bytes) =>
          resolve({ code: response.statusCode, message: JSON.parse(bytes).message }),
        );
        response.on('end', () => socket.terminate());
      });
      socket.on('error', reject);
    });
  const tokenOf = (name: string) =>
    `base64url.bearer.authorization.k8s.io.${Buffer.from(token(name)).toString('base64url')}`;

  it('says who it is', async () => {
    expect(await answerOf(['v4.channel.k8s.io'])).toMatchObject({ code: 401 });
    expect(await answerOf(['v4.channel.k8s.io', tokenOf('stranger')])).toMatchObject({ code: 401 });
    expect(await answerOf([tokenOf('eve'), 'v4.channel.k8s.io'])).toMatchObject({ code: 403 });
    expect(await answerOf([tokenOf('ed'), 'v4.channel.k8s.io'])).toEqual({
      code: 404,
      message: 'pods "nobody" not found',
    });
  });

  it('is not told again', async () => {
    const { message } = await answerOf([tokenOf('ed'), 'v9'], 'own');
    expect(message).toContain('client supports v9, server accepts');
  });
});

describe('what is refused', () => {
  it('is said in the words of Kubernetes', async () => {
    const { body } = await ask('eve', 'DELETE', `${appsInDefault}/deployments/web`);
    expect(body).toMatchObject({
      reason: 'Forbidden',
      message:
        'deployments.apps "web" is forbidden: User "eve" cannot delete resource "deployments" in API group "apps" in the namespace "default"',
      details: { name: 'web', group: 'apps', kind: 'deployments' },
    });
    const { body: cluster } = await ask('eve', 'GET', '/api/v1/secrets');
    expect(cluster.message).toBe(
      'secrets is forbidden: User "eve" cannot list resource "secrets" in API group "" at the cluster scope',
    );
  });

  it('can be asked for before', async () => {
    const review = (verb: string, resource: string) => ({
      spec: { resourceAttributes: { verb, resource, namespace: 'default' } },
    });
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
    expect((await ask('eve', 'POST', path, review('list', 'pods'))).body.status.allowed).toBe(true);
    expect((await ask('eve', 'POST', path, review('create', 'pods'))).body.status.allowed).toBe(false);
  });

  it('can be listed, and nothing is listed that is not so', async () => {
    const rulesOf = async (name: string, namespace: string): Promise<readonly Listed[]> => {
      const path = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews';
      const { code, body } = await ask(name, 'POST', path, { spec: { namespace } });
      expect(code).toBe(201);
      return body.status.resourceRules;
    };
    const { rules, user } = {
      rules: await rulesOf('eve', 'default'),
      user: { name: 'eve', groups: ['watchers'] },
    };
    expect(await rulesOf('root', 'default')).toContainEqual({
      verbs: ['*'],
      apiGroups: ['*'],
      resources: ['*'],
    });
    expect(await rulesOf('ned', 'default')).toEqual(await rulesOf('nobody', 'default'));
    expect(await rulesOf('ned', 'team')).toEqual(await rulesOf('ed', 'default'));
    expect(JSON.stringify(await rulesOf('ed', 'team'))).toContain('"pods","pods/attach"');
    expect(JSON.stringify(rules)).not.toContain('secrets');
    const authorizer = new Authorizer(served.cluster.objects, access);
    for (const { verbs, apiGroups, resources } of [...rules, ...(await rulesOf('ed', 'default'))])
      for (const [verb, group, whole] of product(verbs, apiGroups, resources)) {
        const [resource = '', subresource] = whole.split('/');
        const attributes = { verb: verb === '*' ? 'create' : verb, group, resource, subresource };
        const asker = rules.some((rule) => rule.resources === resources) ? user : { name: 'ed', groups: [] };
        const may = await authorizer.may(asker, attributes, '', new AbortController().signal);
        expect([asker.name, verb, whole, may]).toEqual([asker.name, verb, whole, true]);
      }
  });

  it('is told with who is asking', async () => {
    const { code, body } = await ask('eve', 'POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {});
    expect(code).toBe(201);
    expect(body.status.userInfo).toEqual({
      username: 'eve',
      groups: expect.arrayContaining(['watchers', 'system:authenticated']),
    });
  });
});

interface Listed {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
}

function product(
  verbs: readonly string[],
  groups: readonly string[],
  resources: readonly string[],
): readonly (readonly [string, string, string])[] {
  return verbs.flatMap((verb) =>
    groups.flatMap((group) => resources.map((one) => [verb, group, one] as const)),
  );
}

describe('a request in the name of somebody else', () => {
  const whoAmI = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const asEve = { 'impersonate-user': 'eve', 'impersonate-group': 'watchers' };

  it('of an administrator is served as one of theirs, and told as such', async () => {
    logged.length = 0;
    const { body } = await ask('root', 'POST', whoAmI, {}, asEve);
    expect(body.status.userInfo).toEqual({ username: 'eve', groups: ['watchers', 'system:authenticated'] });
    expect(await ask('root', 'GET', `${inDefault}/pods`, undefined, asEve)).toMatchObject({ code: 200 });
    expect(await ask('root', 'DELETE', `${inDefault}/pods/own`, undefined, asEve)).toMatchObject({
      code: 403,
      body: { message: expect.stringContaining('User "eve" cannot delete') },
    });
    expect(logged).toContainEqual(
      expect.objectContaining({ user: 'eve', impersonatedBy: 'root', verb: 'delete', code: 403 }),
    );
  });

  it('of anybody else is refused, as is one that names nobody', async () => {
    const asRoot = { 'impersonate-user': 'root', 'impersonate-group': 'system:masters' };
    expect(await ask('ed', 'GET', `${inDefault}/pods`, undefined, asRoot)).toMatchObject({
      code: 403,
      body: {
        message:
          'users "root" is forbidden: User "ed" cannot impersonate resource "users" in API group "" at the cluster scope',
      },
    });
    const nobody = { 'impersonate-group': 'watchers' };
    expect(await ask('root', 'GET', `${inDefault}/pods`, undefined, nobody)).toMatchObject({ code: 400 });
  });
});

describe('the audit', () => {
  it('says who did what, and holds no secrets', async () => {
    logged.length = 0;
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's' },
      stringData: { p: 'hush-hush' },
    };
    await ask('root', 'POST', `${inDefault}/secrets?fieldManager=hidden-too`, secret);
    await ask('eve', 'GET', `${inDefault}/secrets/s`);
    expect(logged).toMatchObject([
      { user: 'root', verb: 'create', resource: 'secrets', namespace: 'default', code: 201 },
      { user: 'eve', verb: 'get', resource: 'secrets', name: 's', code: 403 },
    ]);
    expect(JSON.stringify(logged)).not.toMatch(/hush|hidden|token-of/);
  });
});
