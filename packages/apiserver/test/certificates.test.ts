import { request } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certificates } from '../../core/test/nats/certificates.ts';
import { clientCertificates } from './support/client-certificates.ts';
import { inDefault } from './support/objects.ts';
import { type Served, serve } from './support/server.ts';

const { serverKey, serverCert, ca: serverCA } = certificates;
const token = 'token-of-somebody';
let served: Served;

beforeAll(async () => {
  const tls = { key: serverKey, cert: serverCert, clientCA: clientCertificates.ca };
  const tokens = [{ token, name: 'somebody', groups: ['system:masters'] }];
  served = await serve({ api: { tls, tokens } });
});

afterAll(async () => {
  await served[Symbol.asyncDispose]();
});

interface Credentials {
  readonly key?: string;
  readonly cert?: string;
  readonly authorization?: string;
}

const codeOf = ({ authorization, ...own }: Credentials, path: string) =>
  new Promise<number | undefined>((resolve, reject) => {
    const options = { port: served.server.port, path, agent: false, ca: serverCA, servername: 'localhost' };
    const headers = authorization === undefined ? {} : { authorization };
    const asked = request({ ...options, host: '127.0.0.1', ...own, headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.on('error', reject).end();
  });

describe('the certificate of a client', () => {
  const stranger = { key: certificates.clientKey, cert: certificates.clientCert };
  const { good, old } = clientCertificates;

  it.each<[string, Credentials, number, number]>([
    ['that is good says who it is', good, 200, 200],
    ['that has expired says nothing, and that is told everywhere', old, 401, 401],
    ['that others have signed says nothing either', stranger, 401, 401],
    ['that there is none of is no lie', {}, 401, 200],
    ['that has expired is no hindrance to a token', { ...old, authorization: `Bearer ${token}` }, 200, 200],
    ['that is good does not make a wrong token right', { ...good, authorization: 'Bearer wrong' }, 401, 401],
  ])('%s', async (_name, credentials, secrets, version) => {
    expect(await codeOf(credentials, `${inDefault}/secrets`)).toBe(secrets);
    expect(await codeOf(credentials, '/version')).toBe(version);
  });
});
