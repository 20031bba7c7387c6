import { get } from 'node:http';
import { describe, expect, it } from 'vitest';
import {
  createMetrics,
  type HealthCheck,
  parseListenAddress,
  reportHealth,
  serveHealth,
} from '../src/index.ts';

const well: HealthCheck = { name: 'store', check: () => undefined };
const ill: HealthCheck = { name: 'runtime', check: () => 'it does not answer' };
const broken: HealthCheck = {
  name: 'lease',
  isVital: true,
  check() {
    throw new Error('no idea');
  },
};

describe('health checks', () => {
  it('are all asked for readiness', () => {
    expect(reportHealth([well, ill], 'readyz')).toEqual({
      ok: false,
      lines: ['[+]store ok', '[-]runtime failed: it does not answer', 'readyz check failed'],
    });
  });

  it('count for life only when a restart would help', () => {
    expect(reportHealth([well, ill], 'livez')).toEqual({ ok: true, lines: ['livez check passed'] });
    expect(reportHealth([broken], 'livez').lines).toEqual(['[-]lease failed: no idea', 'livez check failed']);
  });
});

describe('an address to listen on', () => {
  it.each([
    ['127.0.0.1:80', '127.0.0.1', 80],
    [':8080', '0.0.0.0', 8080],
    ['8080', '127.0.0.1', 8080],
    ['[::1]:1', '::1', 1],
    ['localhost:0', 'localhost', 0],
  ])('%s', (text, host, port) => {
    expect(parseListenAddress(text)).toEqual({ host, port });
  });

  it.each(['', 'web', '127.0.0.1', '127.0.0.1:99999', '127.0.0.1:x'])('is not %j', (text) => {
    expect(() => parseListenAddress(text)).toThrow('such as 127.0.0.1:10250');
  });
});

describe('the health server', () => {
  it('answers, and says why when something is wrong', async () => {
    const checks = [well];
    await using server = await serveHealth({ listen: '127.0.0.1:0', metrics: createMetrics(), checks });
    const get = async (path: string, method = 'GET') => {
      const response = await fetch(`${server.url}${path}`, { method });
      return [response.status, await response.text()] as const;
    };
    expect(await get('/readyz')).toEqual([200, 'ok']);
    expect(await get('/readyz?verbose')).toEqual([200, '[+]store ok\nreadyz check passed\n']);
    checks.push(ill);
    expect(await get('/healthz')).toEqual([
      503,
      expect.stringContaining('[-]runtime failed: it does not answer'),
    ]);
    expect((await get('/livez'))[0]).toBe(200);
    expect((await get('/nowhere'))[0]).toBe(404);
    expect((await get('/livez', 'POST'))[0]).toBe(405);
    const [status, metrics] = await get('/metrics');
    expect(status).toBe(200);
    expect(metrics).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
    expect(metrics).toMatch(/^process_resident_memory_bytes /m);
  });

  it('outlives what is no address', async () => {
    await using server = await serveHealth({ listen: '127.0.0.1:0', metrics: createMetrics(), checks: [] });
    const { hostname, port } = new URL(server.url);
    const status = (path: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const request = get({ hostname, port, path }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        request.on('error', reject);
      });
    // A second slash begins the name of a host, and there is none.
    expect(await status('//')).toBe(404);
    expect(await status('http://host/livez')).toBe(200);
    expect(await status('/livez')).toBe(200);
  });

  it('says which address it cannot have', async () => {
    const options = { metrics: createMetrics(), checks: [] };
    await using server = await serveHealth({ listen: '127.0.0.1:0', ...options });
    const taken = server.url.replace('http://', '');
    await expect(serveHealth({ listen: taken, ...options })).rejects.toThrow(`cannot listen on ${taken}`);
  });
});
