import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { givesUpAfterMs } from '../../core/src/store/nats-write.ts';
import { answerMsMaxDefault, createApiClient } from '../src/client/api-client.ts';
import { findApi } from '../src/client/kubeconfig.ts';
import { kubeconfigText } from '../src/up/write-kubeconfig.ts';

const dir = mkdtempSync(join(tmpdir(), 'moor-kubeconfig-'));
afterAll(() => rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
const none = { file: undefined, context: undefined };
const write = (name: string, text: string) => writeFileSync(join(dir, name), text);

describe('a kubeconfig', () => {
  it('of moor up leads to it', async () => {
    write('own', kubeconfigText({ cluster: 'shop', server: 'http://127.0.0.1:1' }));
    const access = await findApi({ ...none, file: 'own' }, { env: {}, cwd: dir });
    expect(access).toEqual({ server: 'http://127.0.0.1:1', namespace: 'default', isInsecure: true });
  });

  it('of another cluster is read with its credentials, from files beside it', async () => {
    write('ca.crt', 'CA');
    write('token', 'secret\n');
    write(
      'other',
      `
current-context: a
contexts:
  - { name: a, context: { cluster: x, user: u, namespace: shop } }
  - { name: b, context: { cluster: nowhere, user: u } }
clusters:
  - { name: x, cluster: { server: 'https://x', certificate-authority: ca.crt } }
users:
  - { name: u, user: { tokenFile: token, client-certificate-data: ${Buffer.from('CERT').toString('base64')} } }
`,
    );
    const env = { KUBECONFIG: `${dir}/missing:${dir}/other` };
    expect(await findApi(none, { env, cwd: '/' })).toEqual({
      server: 'https://x',
      namespace: 'shop',
      isInsecure: false,
      ca: 'CA',
      token: 'secret',
      certificate: 'CERT',
    });
    await expect(findApi({ ...none, context: 'b' }, { env, cwd: '/' })).rejects.toThrow(
      'names a cluster without a server',
    );
    await expect(findApi({ ...none, context: 'c' }, { env, cwd: '/' })).rejects.toThrow('has no context "c"');
  });

  it.each([
    ['a server without a scheme', { server: 'somewhere:6443' }, 'its server "somewhere:6443" is no URL'],
    ['clusters that are no list', 5, 'clusters: must be a list'],
  ])('with %s says so', async (_, cluster, words) => {
    const clusters = typeof cluster === 'number' ? cluster : [{ name: 'x', cluster }];
    const contexts = [{ name: 'a', context: { cluster: 'x' } }];
    write('odd', JSON.stringify({ clusters, contexts, 'current-context': 'a' }));
    await expect(findApi({ ...none, file: 'odd' }, { env: {}, cwd: dir })).rejects.toThrow(words);
  });

  it('may lead to a path of a server, where what is no API is told as such', async () => {
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url);
      response.end('<html>Welcome</html>');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const access = {
      server: `http://127.0.0.1:${port}/clusters/a/`,
      namespace: 'default',
      isInsecure: false,
    };
    const client = createApiClient(access, new AbortController().signal);
    await expect(client.get('/api/v1/nodes')).rejects.toThrow('is no API server: it answers with no JSON');
    expect(asked).toEqual(['/clusters/a/api/v1/nodes']);
    server.close();
    server.closeAllConnections();
  });

  it('may lead to a server that runs and waits for its store', async () => {
    const server = createServer(() => {});
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const access = { server: `http://127.0.0.1:${port}`, namespace: 'default', isInsecure: false };
    const client = createApiClient(access, new AbortController().signal, 100);
    await expect(client.patch('/api/v1/nodes', {})).rejects.toMatchObject({
      message: `the API server at ${access.server} does not answer: no answer within 0.1 s`,
      exitCode: 3,
      next: expect.stringContaining('may wait for its store'),
    });
    server.close();
    server.closeAllConnections();
    // What a server says of a write that it gave up, moor waits for.
    expect(answerMsMaxDefault).toBeGreaterThan(givesUpAfterMs + 10_000);
  });

  it('is looked for at the usual places, which are named when there is none', async () => {
    const env = { HOME: dir, XDG_STATE_HOME: join(dir, 'state') };
    await expect(findApi(none, { env, cwd: '/' })).rejects.toThrow(`${dir}/.kube/config`);
    mkdirSync(join(dir, '.kube'));
    write('.kube/config', kubeconfigText({ cluster: 'shop', server: 'http://home' }));
    expect(await findApi(none, { env, cwd: '/' })).toMatchObject({ server: 'http://home' });
  });
});
