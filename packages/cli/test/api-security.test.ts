import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { certificates } from '../../core/test/nats/certificates.ts';
import { runMoor } from '../src/index.ts';
import { parseAccess } from '../src/up/parse-access.ts';
import { parseTokens } from '../src/up/parse-tokens.ts';
import { moor, testShell } from './support/test-shell.ts';

const dir = mkdtempSync(join(tmpdir(), 'moor-api-'));
afterAll(() => rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
const write = (name: string, text: string) => writeFileSync(join(dir, name), text);
write('cert.pem', certificates.serverCert);
write('key.pem', certificates.serverKey);
write('ca.pem', certificates.ca);
write('tokens', '# of users\n0123456789abcdef,ann,1,"dev,ops"\n');

describe('a file of tokens', () => {
  it('is read as that of Kubernetes', () => {
    expect(parseTokens('0123456789abcdef,ann,1,"dev,ops"\n\nfedcba9876543210,bob\n', 'f')).toEqual([
      { token: '0123456789abcdef', name: 'ann', groups: ['dev', 'ops'] },
      { token: 'fedcba9876543210', name: 'bob', groups: [] },
    ]);
  });

  it.each([
    ['short,ann', 'f:1: a token of at least 16 characters is needed'],
    ['\n0123456789abcdef', 'f:2: names no user'],
  ])('with a mistake in it names the line, and no token: %j', (text, words) => {
    expect(() => parseTokens(text, 'f')).toThrow(words);
  });
});

describe('roles', () => {
  it('are given to users and groups, everywhere or in one namespace', () => {
    expect(parseAccess({ ann: 'edit in shop', 'group:ops': 'view' })).toEqual([
      { role: 'edit', user: 'ann', namespace: 'shop' },
      { role: 'view', group: 'ops' },
    ]);
  });

  it.each(['editor', 'node in shop', ''])('are none: %j', (role) => {
    expect(() => parseAccess({ ann: role })).toThrow(`ann: must be a role, not ${JSON.stringify(role)}`);
  });
});

describe('moor up with a certificate', () => {
  const tls = ['--api-tls-cert', 'cert.pem', '--api-tls-key', 'key.pem', '--api-ca', 'ca.pem'];
  const args = ['up', '--data-dir', 'state', '--api-listen', '127.0.0.1:0', '--node', 'here'];

  it('lets the kubeconfig in, users as far as their roles go, and nobody else', {
    timeout: 90_000,
  }, async () => {
    const shell = testShell({ cwd: dir });
    const users = ['--api-tokens', 'tokens', '--api-access', 'ann=view'];
    const ended = runMoor([...args, ...tls, ...users], shell);
    try {
      await vi.waitUntil(() => shell.errText().includes('is up') || shell.errText().includes('moor:'), {
        timeout: 80_000,
      });
      const kubeconfig = join(dir, 'state/kubeconfig');
      const client = (...words: readonly string[]) =>
        moor(words, { cwd: dir, env: { KUBECONFIG: kubeconfig } });
      expect(await client('status')).toMatchObject({ exitCode: 0, err: '' });
      expect(statSync(kubeconfig).mode & 0o777).toBe(0o600);

      const own = readFileSync(kubeconfig, 'utf8');
      const as = (token: string) => write('other', own.replace(/token: .*/, `token: ${token}`));
      as('0123456789abcdef');
      expect(await client('status', '--kubeconfig', 'other')).toMatchObject({ exitCode: 0 });
      expect((await client('pause', 'web', '--kubeconfig', 'other')).err).toMatch(
        /403.*User "ann" cannot patch/,
      );
      as('0123456789abcdeX');
      expect((await client('status', '--kubeconfig', 'other')).err).toContain('401');
    } finally {
      shell.interrupt();
      expect(await ended).toBe(0);
    }
  });

  it.each([
    [['--api-tls-cert', 'cert.pem'], '--api-tls-cert: api.tlsCert needs api.tlsCert and api.tlsKey'],
    [
      ['--api-tls-cert', 'nowhere.pem', '--api-tls-key', 'key.pem'],
      '--api-tls-cert: nowhere.pem cannot be read',
    ],
    [['--api-listen', '0.0.0.0:0'], 'api.listen: others reach 0.0.0.0:0'],
  ])('is not begun with %j', async (flags, words) => {
    const { exitCode, err } = await moor([...args, ...flags], { cwd: dir });
    expect({ exitCode, err }).toEqual({ exitCode: 2, err: expect.stringContaining(words) });
  });
});
