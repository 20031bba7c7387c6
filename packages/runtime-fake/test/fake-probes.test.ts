import { FieldPath, type ProbeResult } from '@mooring/core';
import { fakeTarget, TestClock } from '@mooring/core/testing';
import { FakeNetwork, type FakeService, fakeProbers } from '@mooring/runtime-fake';
import { describe, expect, test } from 'vitest';

const podIP = '10.0.0.1';
const timeoutMs = 2000;

/** One attempt against a pod that serves `service` on port 80; a server that never answers runs into the time limit. */
async function attempt(handler: string, settings: object, service?: FakeService): Promise<ProbeResult> {
  const network = new FakeNetwork();
  if (service !== undefined) network.listen(podIP, 80, service);
  const prober = fakeProbers(network).find((one) => one.handler === handler);
  const compiled = prober?.compile(settings, FieldPath.root);
  if (compiled?.ok !== true) throw new Error('the settings of the test are wrong');
  const clock = new TestClock();
  const abort = new AbortController();
  clock.setTimeout(() => abort.abort(new Error('time is over')), timeoutMs);
  const result = compiled.value(
    fakeTarget({ podIP, timeoutMs, ports: [{ name: 'web', containerPort: 80 }] }),
    abort.signal,
  );
  await clock.advanceBy(timeoutMs);
  return await result;
}

const never = () => new Promise<never>(() => {});
const redirect = (location: string) => ({ status: 302, body: 'moved', headers: { Location: location } });

describe('httpGet on the fake network', () => {
  test.each([
    { status: 200, outcome: 'success', message: 'hi' },
    { status: 299, outcome: 'success', message: 'hi' },
    { status: 304, outcome: 'warning', message: 'Probe terminated redirects, Response body: hi' },
    { status: 404, outcome: 'failure', message: 'HTTP probe failed with statuscode: 404' },
    { status: 500, outcome: 'failure', message: 'HTTP probe failed with statuscode: 500' },
  ])('takes status $status for $outcome', async ({ status, ...want }) => {
    const result = await attempt('httpGet', { port: 'web' }, { http: () => ({ status, body: 'hi' }) });
    expect(result).toEqual(want);
  });

  test('sends path, query and headers', async () => {
    const settings = {
      port: 80,
      path: '/a?b=c',
      httpHeaders: [
        { name: 'X-A', value: '1' },
        { name: 'x-a', value: '2' },
      ],
    };
    const http: FakeService['http'] = ({ method, url, headers }) => ({
      status: 200,
      body: [
        method,
        url.pathname,
        url.searchParams.get('b'),
        headers['x-a'],
        headers['user-agent'],
        headers['host'],
      ].join(' '),
    });
    expect(await attempt('httpGet', settings, { http })).toMatchObject({
      message: 'GET /a c 1, 2 kube-probe/1.36 10.0.0.1:80',
    });
  });

  test.each([
    { name: 'to the same host are followed', to: '/there', want: { outcome: 'success', message: 'arrived' } },
    {
      name: 'to another host are not',
      to: 'http://10.9.9.9/',
      want: { outcome: 'warning', message: 'Probe terminated redirects, Response body: moved' },
    },
    {
      name: 'in a circle come to an end',
      to: '/',
      want: { outcome: 'failure', message: `Get "http://${podIP}:80/": stopped after 10 redirects` },
    },
    {
      name: 'to a closed port fail',
      to: `http://${podIP}:81/`,
      want: {
        outcome: 'failure',
        message: `Get "http://${podIP}:81/": dial tcp ${podIP}:81: connect: connection refused`,
      },
    },
  ])('redirects $name', async ({ to, want }) => {
    const http: FakeService['http'] = ({ url }) =>
      url.pathname === '/there' ? { status: 200, body: 'arrived' } : redirect(to);
    expect(await attempt('httpGet', { port: 80 }, { http })).toEqual(want);
  });

  test.each([
    {
      name: 'nobody listens',
      service: undefined,
      words: `dial tcp ${podIP}:80: connect: connection refused`,
    },
    { name: 'who listens speaks no HTTP', service: {}, words: 'EOF' },
    {
      name: 'no answer comes in time',
      service: { http: never },
      words: 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
    },
  ])('fails when $name', async ({ service, words }) => {
    const want = { outcome: 'failure', message: `Get "http://${podIP}:80/": ${words}` };
    expect(await attempt('httpGet', { port: 80 }, service)).toEqual(want);
  });
});

describe('tcpSocket on the fake network', () => {
  test('succeeds when somebody listens', async () => {
    expect(await attempt('tcpSocket', { port: 'web' }, {})).toEqual({ outcome: 'success', message: '' });
  });

  test('fails when nobody listens', async () => {
    const message = `dial tcp ${podIP}:80: connect: connection refused`;
    expect(await attempt('tcpSocket', { port: 80 })).toEqual({ outcome: 'failure', message });
  });
});

describe('grpc on the fake network', () => {
  test.each([
    { name: 'SERVING is healthy', service: { grpcHealth: () => 'SERVING' }, message: 'service healthy' },
    {
      name: 'anything else is not',
      service: { grpcHealth: () => 'NOT_SERVING' },
      message: 'service unhealthy (responded with "NOT_SERVING")',
    },
    {
      name: 'a service that is not known is not',
      service: { grpcHealth: () => undefined },
      message: 'error: health rpc probe failed: rpc error: code = NotFound desc = unknown service',
    },
    {
      name: 'an answer that is late is not',
      service: { grpcHealth: never },
      message: 'timeout: health rpc did not complete within 2s',
    },
    {
      name: 'a closed port is tried until the time is over',
      service: undefined,
      message: `timeout: failed to connect service "${podIP}:80" within 2s: context deadline exceeded`,
    },
  ])('$name', async ({ service, message }) => {
    const outcome = message === 'service healthy' ? 'success' : 'failure';
    expect(await attempt('grpc', { port: 80, service: 'db' }, service)).toEqual({ outcome, message });
  });
});

test('settings that are wrong are refused with their paths', () => {
  const wrong: Readonly<Record<string, object>> = {
    httpGet: { port: 0 },
    tcpSocket: {},
    grpc: { port: 'web' },
  };
  for (const prober of fakeProbers(new FakeNetwork())) {
    const compiled = prober.compile(wrong[prober.handler], new FieldPath(`probe.${prober.handler}`));
    const fields = compiled.ok ? [] : compiled.errors.map(({ field }) => field);
    expect(fields).toEqual([`probe.${prober.handler}.port`]);
  }
});
