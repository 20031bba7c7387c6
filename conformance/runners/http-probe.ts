/** `http-probe.json`: the HTTP prober against real servers on 127.0.0.1. */

import assert from 'node:assert/strict';
import { formatURL } from '../../packages/core/src/api/go-url.ts';
import { canonicalHeaders, httpGetURL } from '../../packages/core/src/api/http-get-request.ts';
import { fakeTarget } from '../../packages/core/src/testing/fake-target.ts';
import { httpProber } from '../../packages/probe-http/src/http-prober.ts';
import { type ReceivedRequest, type RouteReply, startHttpServer } from '../servers/http-server.ts';
import type { TopicRunners } from '../vectors.ts';
import { assertEnd, attempt, fillIn } from './probe-case.ts';

export const runners: TopicRunners = {
  async probe({ given, expect }) {
    await using server = await startHttpServer(given.server ?? { listening: true }, (routes, ports) =>
      fillIn<Readonly<Record<string, RouteReply>>>(routes, ports),
    );
    const { port, otherPort } = server;
    const action = fillIn(given.httpGet, { port, otherPort });
    const prober = httpProber({ followNonLocalRedirects: given.followNonLocalRedirects ?? false });
    const target = fakeTarget({ timeoutMs: (given.timeoutSeconds ?? 1) * 1000 });
    const environment = fillIn(given.environment ?? {}, { port, otherPort });
    const end = await withEnvironment(environment, () => attempt(prober, action, target));
    const expected = fillIn(expect, { port, otherPort });
    // A body that does not come is an error; upstream hands out "failure" beside it, and vectors may show that alone.
    const isStall = end.error && JSON.stringify(given.server ?? {}).includes('bodyStallSeconds');
    assertEnd(end, isStall ? { error: true, ...expected } : expected);
    if (expected.request !== undefined) assertRequest(server.requests[0], expected.request);
  },

  url({ given, expect }) {
    const parsed = httpGetURL(given.httpGet, given.podIP, given.httpGet.port);
    assert.equal(parsed.ok && formatURL(parsed.url), expect.url);
  },

  headers({ given, expect }) {
    assert.deepEqual(Object.fromEntries(canonicalHeaders(given.httpHeaders ?? [])), expect.headers);
  },
};

async function withEnvironment<T>(
  variables: Readonly<Record<string, string>>,
  run: () => Promise<T>,
): Promise<T> {
  const before = { ...process.env };
  Object.assign(process.env, variables);
  try {
    return await run();
  } finally {
    for (const name of Object.keys(variables)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

interface ExpectedRequest {
  readonly method?: string;
  readonly path?: string;
  readonly rawPath?: string;
  readonly rawQuery?: string;
  readonly host?: string;
  readonly hostPattern?: string;
  readonly headers?: {
    readonly values?: Readonly<Record<string, readonly string[]>>;
    readonly valuePatterns?: Readonly<Record<string, string>>;
    readonly present?: readonly string[];
    readonly absent?: readonly string[];
    readonly exact?: boolean;
  };
}

function assertRequest(request: ReceivedRequest | undefined, expected: ExpectedRequest): void {
  assert.ok(request !== undefined, 'no request arrived');
  const [rawPath = '', rawQuery = ''] = request.target.split(/\?(.*)/s);
  if (expected.method !== undefined) assert.equal(request.method, expected.method);
  if (expected.path !== undefined) assert.equal(decodeURIComponent(rawPath), expected.path);
  if (expected.rawPath !== undefined) assert.equal(rawPath, expected.rawPath);
  if (expected.rawQuery !== undefined) assert.equal(rawQuery, expected.rawQuery);
  if (expected.host !== undefined) assert.equal(request.host, expected.host);
  if (expected.hostPattern !== undefined) assert.match(request.host ?? '', new RegExp(expected.hostPattern));
  if (expected.headers !== undefined) assertHeaders(request.headers, expected.headers);
}

function assertHeaders(
  headers: ReceivedRequest['headers'],
  expected: NonNullable<ExpectedRequest['headers']>,
): void {
  const valuesOf = (name: string) => headers.get(name.toLowerCase());
  const { values = {}, valuePatterns = {}, present = [], absent = [], exact = false } = expected;
  for (const [name, list] of Object.entries(values)) assert.deepEqual(valuesOf(name), list, name);
  for (const [name, pattern] of Object.entries(valuePatterns))
    assert.match(valuesOf(name)?.join(', ') ?? '', new RegExp(pattern), name);
  for (const name of present) assert.ok(valuesOf(name) !== undefined, `${name} is missing`);
  for (const name of absent) assert.equal(valuesOf(name), undefined, name);
  const named = present.map((name) => name.toLowerCase()).sort();
  if (exact) assert.deepEqual([...headers.keys()].sort(), named);
}
