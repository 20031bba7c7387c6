import { FieldPath, type ProbeResult } from '@mooring/core';
import {
  fakeTarget,
  type ProberConformanceContext,
  type ProbeScene,
  planConformance,
  proberConformance,
} from '@mooring/core/testing';
import { describe, expect, test } from 'vitest';
import { type HealthCheckSpec, startHealthServer } from '../../../conformance/servers/health-server.ts';
import { freePort } from '../../../conformance/servers/http-server.ts';
import { type GrpcProberOptions, grpcProbe, grpcProber } from '../src/index.ts';
import { silent } from './mute-servers.ts';

async function serving(status: string): Promise<ProbeScene> {
  const server = await startHealthServer({ status });
  return {
    raw: { port: server.port },
    target: fakeTarget(),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const context: ProberConformanceContext = {
  prober: () => grpcProber(),
  healthy: () => serving('SERVING'),
  unhealthy: () => serving('NOT_SERVING'),
  silent,
  refused: async () => ({
    raw: { port: await freePort() },
    target: fakeTarget(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }),
  bad: [
    { raw: [], field: '' },
    { raw: {}, field: 'port' },
    { raw: { port: 'grpc' }, field: 'port' },
    { raw: { port: 70_000 }, field: 'port' },
    { raw: { port: 80, service: 1 }, field: 'service' },
  ],
};

describe('grpc', () => {
  for (const c of planConformance(proberConformance, context))
    test.skipIf(c.skipReason)(c.name, () => c.run());
});

interface ProbeOptions extends GrpcProberOptions {
  readonly signal?: AbortSignal;
}

function probe(raw: object, { signal, ...options }: ProbeOptions = {}): Promise<ProbeResult> {
  const compiled = grpcProber(options).compile(raw, new FieldPath('grpc'));
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.errors));
  return compiled.value(fakeTarget({ timeoutMs: 500 }), signal ?? new AbortController().signal);
}

describe('answers', () => {
  const cases: readonly { name: string; check: HealthCheckSpec | null; raw?: object; want: ProbeResult }[] = [
    {
      name: 'a healthy server',
      check: { status: 'SERVING' },
      want: { outcome: 'success', message: 'service healthy' },
    },
    {
      name: 'a service that is not well, on a server that is',
      check: { byService: { '': 'SERVING', db: 'NOT_SERVING' } },
      raw: { service: 'db' },
      want: { outcome: 'failure', message: 'service unhealthy (responded with "NOT_SERVING")' },
    },
    {
      name: 'a service that the server does not know',
      check: { byService: { '': 'SERVING' } },
      raw: { service: 'db' },
      want: {
        outcome: 'failure',
        message: 'error: health rpc probe failed: rpc error: code = NotFound desc = unknown service',
      },
    },
    {
      name: 'a server without a health service',
      check: null,
      want: {
        outcome: 'failure',
        message:
          'error: this server does not implement the grpc health protocol (grpc.health.v1.Health): The server does not implement the method /grpc.health.v1.Health/Check',
      },
    },
    {
      name: 'a server whose own time was over',
      check: { rpcError: 'DEADLINE_EXCEEDED' },
      want: { outcome: 'failure', message: 'timeout: health rpc did not complete within 500ms' },
    },
  ];
  test.each(cases)('$name', async ({ check, raw, want }) => {
    await using server = await startHealthServer(check);
    expect(await probe({ port: server.port, ...raw })).toEqual(want);
  });
});

describe('time limit', () => {
  test('while connecting', async () => {
    await using scene = await silent();
    const controller = new AbortController();
    const { port } = scene.raw as { port: number };
    const attempt = probe({ port }, { signal: controller.signal });
    await scene.underWay?.();
    controller.abort(new Error('timeout'));
    expect(await attempt).toEqual({
      outcome: 'failure',
      message: `timeout: failed to connect service "127.0.0.1:${port}" within 500ms: context deadline exceeded`,
    });
  });

  test('while waiting for the answer', async () => {
    await using server = await startHealthServer({ status: 'SERVING', delaySeconds: 3600 });
    const controller = new AbortController();
    const attempt = probe({ port: server.port }, { signal: controller.signal });
    await expect.poll(() => server.requests.length).toBe(1);
    controller.abort(new Error('timeout'));
    expect(await attempt).toEqual({
      outcome: 'failure',
      message: 'timeout: health rpc did not complete within 500ms',
    });
  });
});

test('the call says who is asking, and what for', async () => {
  await using server = await startHealthServer({ status: 'SERVING' });
  await probe({ port: server.port, service: 'db' });
  await probe({ port: server.port }, { userAgent: 'my-agent/2' });
  expect(server.requests.map(({ service }) => service)).toEqual(['db', '']);
  expect(server.requests[0]?.metadata.get('user-agent').join()).toMatch(/^kube-probe\/1\.36( |$)/);
  expect(server.requests[1]?.metadata.get('user-agent').join()).toMatch(/^my-agent\/2( |$)/);
});

test('proxies of the environment are not used', async () => {
  process.env['grpc_proxy'] = `http://127.0.0.1:${await freePort()}`;
  try {
    await using server = await startHealthServer({ status: 'SERVING' });
    expect(await probe({ port: server.port })).toMatchObject({ outcome: 'success' });
  } finally {
    delete process.env['grpc_proxy'];
  }
});

test('an option that there is not is refused where the plugin is made', () => {
  expect(() => grpcProbe({ useragent: 'x' } as never)).toThrow(
    expect.objectContaining({ code: 'INVALID', message: expect.stringContaining('useragent') }),
  );
});
