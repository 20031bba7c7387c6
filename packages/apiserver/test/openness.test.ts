import { request } from 'node:http';
import { request as requestTLS } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certificates } from '../../core/test/nats/certificates.ts';
import { type AccessRule, type ApiServerOptions, createApiServer, type TLSOptions } from '../src/index.ts';
import { type Served, serve } from './support/server.ts';

const token = 'a-token-of-sixteen-characters';

function get(url: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

describe('a server without credentials', () => {
  let served: Served;

  beforeAll(async () => {
    served = await serve();
  });

  afterAll(async () => {
    await served[Symbol.asyncDispose]();
  });

  it('listens on this host only, where everybody may do everything', async () => {
    expect(served.server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await served.ask('GET', '/api/v1/secrets')).toMatchObject({ code: 200 });
  });

  it('is not for pages of the web', async () => {
    const { url, port } = served.server;
    expect(await get(`${url}/api`, {})).toBe(200);
    expect(await get(`${url}/api`, { host: `localhost:${port}` })).toBe(200);
    expect(await get(`${url}/api`, { host: 'rebound.example' })).toBe(403);
    expect(await get(`${url}/api`, { origin: 'https://page.example' })).toBe(403);
    expect(await get(`${url}/api`, { origin: url })).toBe(200);
  });

  it.each<[string, Partial<ApiServerOptions>, RegExp]>([
    ['other hosts without TLS', { host: '0.0.0.0', tokens: [{ token, name: 'a' }] }, /give tls/],
    ['other hosts without credentials', { host: '0.0.0.0', tls: { key: '', cert: '' } }, /give tokens/],
    ['a token that can be guessed', { tokens: [{ token: 'short', name: 'a' }] }, /tokens\[0\]\.token/],
    ['a rule for nobody', { access: [{ role: 'view' }] }, /access\[0\]: must name a user or a group/],
    ['a key that is none', { tls: { key: 'x', cert: 'y' }, tokens: [{ token, name: 'a' }] }, /tls: the key/],
    ['a port that is none', { port: 70_000 }, /port/],
    [
      'a rule whose namespace is misspelt, which would count in all of them',
      { access: [{ user: 'ada', role: 'edit', namespaces: 'shop' } as AccessRule] },
      /access\[0\]\.namespaces: unknown option \(did you mean "namespace"\?\)/,
    ],
    [
      'an authority of clients whose name is misspelt',
      { tls: { key: 'x', cert: 'y', clientCa: 'z' } as TLSOptions },
      /tls\.clientCa: unknown option \(did you mean "clientCA"\?\)/,
    ],
    ['an option that there is not', { prot: 80 } as Partial<ApiServerOptions>, /prot: unknown option/],
    ['no cluster', { cluster: {} } as ApiServerOptions, /cluster: must be what createCluster gave back/],
  ])('is refused with %s', async (_name, options, message) => {
    const { cluster } = served;
    await expect(createApiServer({ cluster, ...options })).rejects.toMatchObject({
      code: 'INVALID',
      message: expect.stringMatching(message),
    });
  });
});

it('a server whose address is taken leaves nothing behind', async () => {
  await using served = await serve();
  const { cluster, server } = served;
  await expect(createApiServer({ cluster, port: server.port })).rejects.toMatchObject({
    code: 'INVALID',
    message: expect.stringContaining('cannot listen on 127.0.0.1'),
  });
  expect(await served.ask('GET', '/api')).toMatchObject({ code: 200 });
});

describe('a server with TLS', () => {
  const { ca, serverKey: key, serverCert: cert, clientKey, clientCert } = certificates;
  let served: Served;

  beforeAll(async () => {
    const tls = { key, cert, clientCA: ca };
    served = await serve({
      api: {
        host: '127.0.0.1',
        tls,
        tokens: [{ token, name: 'ed' }],
        access: [{ user: 'agent', role: 'view' }],
      },
    });
  });

  afterAll(async () => {
    await served[Symbol.asyncDispose]();
  });

  const ask = (path: string, options: object): Promise<number> =>
    new Promise((resolve, reject) => {
      requestTLS(served.server.url + path, { ca, agent: false, ...options }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
        .on('error', reject)
        .end();
    });

  it('knows users by their certificates and tokens, and gives them their roles', async () => {
    expect(served.server.url).toMatch(/^https:/);
    const certified = { key: clientKey, cert: clientCert };
    expect(await ask('/api/v1/pods', certified)).toBe(200);
    expect(await ask('/api/v1/secrets', certified)).toBe(403);
    expect(await ask('/api/v1/pods', {})).toBe(401);
    expect(await ask('/api/v1/pods', { headers: { authorization: `Bearer ${token}` } })).toBe(403);
  });
});
