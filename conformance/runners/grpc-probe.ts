/** `grpc-probe.json`: the gRPC prober against real servers on 127.0.0.1. */

import assert from 'node:assert/strict';
import { fakeTarget } from '../../packages/core/src/testing/fake-target.ts';
import { grpcProber } from '../../packages/probe-grpc/src/grpc-prober.ts';
import { type HealthServer, startHealthServer } from '../servers/health-server.ts';
import { freePort, startHttpServer } from '../servers/http-server.ts';
import type { TopicRunners, VectorCase } from '../vectors.ts';
import { assertEnd, attempt, fillIn } from './probe-case.ts';

export const runners: TopicRunners = {
  async probe({ given, expect }) {
    await using server = await startServer(given.server);
    const action = fillIn(given.grpc, { port: server.port });
    const startMs = performance.now();
    const end = await attempt(
      grpcProber(),
      action,
      fakeTarget({ timeoutMs: (given.timeoutSeconds ?? 1) * 1000 }),
    );
    const expected = fillIn(expect, { port: server.port });
    assertEnd(end, expected, (performance.now() - startMs) / 1000);
    if (expected.request !== undefined) assertRequest(server.requests[0], expected.request);
  },
};

async function startServer(spec: VectorCase['given']): Promise<HealthServer> {
  if (spec.kind === 'grpc') return await startHealthServer(spec.check ?? null);
  if (spec.kind === 'none')
    return { port: await freePort(), requests: [], [Symbol.asyncDispose]: () => Promise.resolve() };
  const server = await startHttpServer({ listening: true }, (routes) => routes);
  return { port: server.port, requests: [], [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

function assertRequest(
  request: HealthServer['requests'][number] | undefined,
  expected: VectorCase['expect'],
) {
  assert.ok(request !== undefined, 'no call arrived');
  if (expected.service !== undefined) assert.equal(request.service, expected.service);
  for (const [name, pattern] of Object.entries<string>(expected.metadataPatterns ?? {}))
    assert.match(request.metadata.get(name.toLowerCase()).join(', '), new RegExp(pattern), name);
}
