/** What a request says beside its object: parameters of the query, headers, the spelling of its path. */

import { get as getRaw, request as requestRaw } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configMapOf, deploymentOf, inDefault, podOf } from './support/objects.ts';
import { type Served, serve } from './support/server.ts';

let served: Served;
const ask: Served['ask'] = (...args) => served.ask(...args);
const maps = `${inDefault}/configmaps`;
const merge = { 'content-type': 'application/merge-patch+json' };

beforeAll(async () => {
  served = await serve();
  await ask('POST', maps, configMapOf('a', { a: '1' }));
});

afterAll(async () => {
  await served[Symbol.asyncDispose]();
});

describe('options of a write', () => {
  const long = 'x'.repeat(129);

  it.each([
    [
      'POST',
      `?fieldManager=${long}`,
      'CreateOptions',
      'fieldManager',
      /Too long: may not be more than 128 bytes/,
    ],
    [
      'PUT',
      '/a?fieldManager=a%0Ab',
      'UpdateOptions',
      'fieldManager',
      /invalid character U\+000A \(at position 1\)/,
    ],
    [
      'PATCH',
      '/a?force=true',
      'PatchOptions',
      'force',
      /Forbidden: may not be specified for non-apply patch/,
    ],
    [
      'PATCH',
      '/a?dryRun=Some',
      'PatchOptions',
      'dryRun',
      /Unsupported value: \["Some"\]: supported values: "All"/,
    ],
    ['PUT', '/a?fieldValidation=Some', 'UpdateOptions', 'fieldValidation', /"", "Ignore", "Strict", "Warn"/],
    ['DELETE', '/a?dryRun=Some', 'DeleteOptions', 'dryRun', /supported values: "All"/],
    ['DELETE', '/a?propagationPolicy=Sideways', 'DeleteOptions', 'propagationPolicy', /Unsupported value/],
  ])('%s %s are refused', async (method, rest, kind, field, message) => {
    const body = method === 'DELETE' ? undefined : configMapOf('a', { a: '2' });
    const answer = await ask(method, maps + rest, body, method === 'PATCH' ? merge : {});
    expect(answer).toMatchObject({
      code: 422,
      body: {
        message: expect.stringMatching(new RegExp(`^${kind}\\.meta\\.k8s\\.io "" is invalid: ${field}: `)),
        details: { group: 'meta.k8s.io', kind, causes: [{ field, message: expect.stringMatching(message) }] },
      },
    });
    expect((await ask('GET', `${maps}/a`)).body.data).toEqual({ a: '1' });
  });

  it('are refused together', async () => {
    const { body } = await ask('PATCH', `${maps}/a?dryRun=x&force=true&fieldValidation=y`, {}, merge);
    expect(body.details.causes.map(({ field }: { field: string }) => field)).toEqual([
      'force',
      'dryRun',
      'fieldValidation',
    ]);
  });

  it('name a manager after the program, as far as that can be printed', async () => {
    const { body } = await ask('POST', maps, configMapOf('b', { a: '1' }), {
      'user-agent': `a\tb${long}/1.0`,
    });
    expect(body.metadata.managedFields[0].manager).toBe(`ab${long}`.slice(0, 128));
  });
});

describe('options of a deletion', () => {
  it('count in the body before they do in the query', async () => {
    const path = `${inDefault}/replicationcontrollers`;
    const { template } = deploymentOf('rc').spec;
    await ask('POST', path, { metadata: { name: 'rc' }, spec: { selector: { app: 'rc' }, template } });
    const asked = `${path}/rc?propagationPolicy=Background&gracePeriodSeconds=5`;
    const { body } = await ask('DELETE', asked, { orphanDependents: true });
    expect(body.metadata.finalizers).toEqual(['orphan']);
    await ask('POST', `${inDefault}/pods`, podOf('graced', { nodeName: 'n' }));
    const both = await ask('DELETE', `${inDefault}/pods/graced?gracePeriodSeconds=5`, {
      propagationPolicy: 'Background',
    });
    expect(both.body.metadata.deletionGracePeriodSeconds).toBe(5);
  });

  it('lead to the last state of a pod and of a service, and to a word about everything else', async () => {
    await ask('POST', `${inDefault}/pods`, podOf('gone'));
    await ask('POST', `${inDefault}/services`, {
      metadata: { name: 'gone' },
      spec: { ports: [{ port: 1 }] },
    });
    await ask('POST', maps, configMapOf('gone'));
    const kinds = ['pods', 'services', 'configmaps'].map(
      async (resource) => (await ask('DELETE', `${inDefault}/${resource}/gone`)).body.kind,
    );
    expect(await Promise.all(kinds)).toEqual(['Pod', 'Service', 'Status']);
  });
});

describe('options of a list', () => {
  const forbidden = 'Forbidden: resourceVersionMatch is forbidden';

  it.each([
    ['resourceVersionMatch=Exact', `${forbidden} unless resourceVersion is provided`],
    ['resourceVersionMatch=Exact&resourceVersion=0', 'Forbidden: resourceVersionMatch "exact" is forbidden'],
    ['resourceVersionMatch=Some&resourceVersion=1', 'supported values: "Exact", "NotOlderThan", ""'],
    ['resourceVersionMatch=Exact&resourceVersion=1&continue=x', `${forbidden} when continue is provided`],
    ['sendInitialEvents=true', 'Forbidden: sendInitialEvents is forbidden for list'],
    [
      'watch=1&resourceVersionMatch=NotOlderThan',
      `${forbidden} for watch unless sendInitialEvents is provided`,
    ],
    ['watch=1&sendInitialEvents=true&resourceVersionMatch=Exact', 'supported values: "NotOlderThan"'],
  ])('%s are refused', async (query, words) => {
    const { code, body } = await ask('GET', `${maps}?${query}`);
    expect({ code, message: body.message }).toEqual({ code: 422, message: expect.stringContaining(words) });
    expect(body.message).toMatch(/^ListOptions\.meta\.k8s\.io "" is invalid: /);
  });

  it.each([
    ['continue=x&resourceVersion=5', 'specifying resource version is not allowed when using continue'],
    ['watch=1&timeoutSeconds=soon', 'timeoutSeconds: soon is no number of seconds'],
  ])('%s are no request at all', async (query, message) => {
    expect(await ask('GET', `${maps}?${query}`)).toMatchObject({ code: 400, body: { message } });
  });

  it('are those of what is to be deleted, too', async () => {
    expect(await ask('DELETE', `${maps}?sendInitialEvents=true`)).toMatchObject({ code: 422 });
    expect(await ask('GET', `${maps}/a`)).toMatchObject({ code: 200 });
  });
});

describe('a path', () => {
  /** Not put in order by a client on its way. */
  const codeOf = (path: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const { hostname, port } = new URL(served.server.url);
      getRaw({ hostname, port, path, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).on('error', reject);
    });

  it.each([
    [`/${maps}`, 200],
    [`${maps}/`, 200],
    ['/api/v1/namespaces/%64efault/configmaps/%61', 200],
    ['/api/v1/namespaces/default%2Fconfigmaps', 404],
    ['/api/v1//configmaps', 404],
  ])('spelt %s leads to %d', async (path, code) => {
    expect(await codeOf(path)).toBe(code);
  });
});

describe('an offer to speak another protocol', () => {
  /** As Java's own client makes it with each request. */
  const offer = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABk' };
  const codeOf = (method: string, path: string, headers: object, body = '') =>
    new Promise<number | undefined>((resolve, reject) => {
      const asked = requestRaw(served.server.url + path, {
        method,
        headers: { ...offer, ...headers, 'content-length': body.length },
      });
      asked.on('response', (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      asked.on('error', reject).end(body);
    });

  it('is let pass where it is not spoken', async () => {
    const body = JSON.stringify(configMapOf('offered'));
    expect(await codeOf('GET', maps, {})).toBe(200);
    expect(await codeOf('POST', maps, { 'content-type': 'application/json' }, body)).toBe(201);
  });

  it('is refused where the client wants nothing else, and this path has nothing else', async () => {
    expect(await codeOf('GET', maps, { upgrade: 'websocket' })).toBe(400);
    expect(await codeOf('GET', maps, { upgrade: 'SPDY/3.1' })).toBe(400);
  });
});

describe('an answer', () => {
  it('is in the form that is wanted most', async () => {
    const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const kindOf = async (accept: string) => (await ask('GET', maps, undefined, { accept })).body.kind;
    expect(await kindOf(`application/json;q=0.5,${table};q=0.9`)).toBe('Table');
    expect(await kindOf(`*/*,${table}`)).toBe('Table');
    expect(await kindOf(`application/json,${table}`)).toBe('ConfigMapList');
    expect(await kindOf(`${table};q=0,application/json`)).toBe('ConfigMapList');
  });

  it('is kept by nobody on its way', async () => {
    const { headers } = await ask('GET', maps);
    expect(headers.get('cache-control')).toBe('no-cache, private');
  });

  it('is for people where they ask', async () => {
    const textOf = async (path: string, agent = 'kubectl/v1') =>
      await (await fetch(served.server.url + path, { headers: { 'user-agent': agent } })).text();
    const [plain, pretty] = [await textOf(`${maps}/a`), await textOf(`${maps}/a?pretty=true`)];
    expect(plain.trim()).not.toContain('\n');
    expect(pretty).toContain('\n  "kind": "ConfigMap",\n');
    expect(JSON.parse(pretty)).toEqual(JSON.parse(plain));
    expect(await textOf(maps, 'curl/8.0')).toContain('\n  "kind": "ConfigMapList",\n');
    expect(await textOf(`${maps}/nobody`, 'curl/8.0')).toContain('\n  "kind": "Status",\n');
    expect(await textOf(`${maps}/a?pretty=false`, 'curl/8.0')).toBe(plain);
    expect(await textOf('/livez', 'curl/8.0')).toBe('ok');
    // It comes packed.
    expect(JSON.parse(await textOf('/openapi/v3/apis/apps/v1', 'curl/8.0'))).toHaveProperty('components');
  });
});
