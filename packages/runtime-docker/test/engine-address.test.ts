import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestClock } from '@mooring/core/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Engine } from '../src/engine.ts';
import { connectionTo, isAddress } from '../src/engine-address.ts';
import { isConnectionError, unavailable } from '../src/engine-error.ts';
import { resolveOptions } from '../src/options.ts';

describe('the way to an engine', () => {
  it.each([
    ['unix:///run/x.sock', {}, { socketPath: '/run/x.sock', protocol: 'http' }],
    ['tcp://host:80', {}, { host: 'host', port: '80', protocol: 'http' }],
    ['tcp://[::1]/', {}, { host: '[::1]', port: '2375', protocol: 'http' }],
    ['tcp://host', { DOCKER_TLS_VERIFY: '1' }, { host: 'host', port: '2376', protocol: 'https' }],
    ['http://host', { DOCKER_TLS_VERIFY: '1' }, { host: 'host', port: '2375', protocol: 'http' }],
    ['https://host:443', {}, { host: 'host', port: '443', protocol: 'https' }],
  ])('%s with %j', (address, environment, want) => {
    expect(connectionTo(address, { ...environment, HOME: '/nowhere' })).toEqual(want);
  });

  it('is shown to be the right one by the certificates of DOCKER_CERT_PATH', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mooring-certs-'));
    try {
      const environment = { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: folder };
      expect(() => connectionTo('tcp://host', environment)).toThrow(
        expect.objectContaining({ code: 'INVALID', message: expect.stringContaining(`in ${folder} `) }),
      );
      for (const name of ['ca', 'cert', 'key']) writeFileSync(join(folder, `${name}.pem`), name);
      expect(connectionTo('tcp://host', environment)).toMatchObject({ ca: 'ca', cert: 'cert', key: 'key' });
      expect(connectionTo('unix:///x', environment)).not.toHaveProperty('ca');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each([
    'unix://x',
    'unix:///',
    'tcp://',
    'tcp://:2375',
    'tcp://host:99999',
    'tcp://host/path',
    'host:2375',
  ])('is none: %s', (address) => {
    expect(isAddress(address)).toBe(false);
  });

  it('is named as what it was read from', () => {
    expect(() => resolveOptions({}, { DOCKER_HOST: 'ssh://me@host' })).toThrow(
      expect.objectContaining({
        code: 'INVALID',
        message: expect.stringMatching(/DOCKER_HOST: Invalid value: "ssh:.* ssh -nNT -L/),
      }),
    );
    expect(resolveOptions({ host: 'unix:///y' }, { DOCKER_HOST: 'ssh://me@host' }).host).toBe('unix:///y');
  });
});

describe('the client', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('goes where it is told, whatever DOCKER_HOST says', async () => {
    vi.stubEnv('DOCKER_HOST', 'tcp://elsewhere:2375');
    const { docker } = await Engine.open('unix:///nowhere', new TestClock());
    expect(docker.modem).toMatchObject({ socketPath: '/nowhere', host: undefined, port: undefined });
  });
});

describe('an engine that cannot be reached', () => {
  const failed = (code: string) => Object.assign(new Error(`connect ${code}`), { code });

  it.each([
    ['EACCES', /this user may not use the socket: .* group/],
    ['ENOENT', /start Docker, or name its socket by DOCKER_HOST/],
    ['ECONNREFUSED', /start Docker/],
  ])('says what may help: %s', (code, want) => {
    expect(unavailable('unix:///x', `connect ${code}`, failed(code)).message).toMatch(want);
  });

  it('may be one that nobody vouches for', () => {
    for (const code of ['EPROTO', 'DEPTH_ZERO_SELF_SIGNED_CERT'])
      expect(isConnectionError(failed(code))).toBe(true);
  });
});
