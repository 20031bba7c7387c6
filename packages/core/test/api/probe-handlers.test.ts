import { describe, expect, it } from 'vitest';
import { invalid } from '../../src/api/field-error.ts';
import type { HandlerCompiler } from '../../src/api/validate-probe.ts';
import { complaints, type Json, podManifest, warnings } from './pod-examples.ts';

/** A plugin that wants a port of at least 1000. */
const redisPing: HandlerCompiler = {
  compile(raw, path) {
    const port = typeof raw === 'object' && raw !== null && 'port' in raw ? raw.port : undefined;
    if (typeof port === 'number' && port >= 1000) return { ok: true, value: port };
    return { ok: false, errors: [invalid(path.child('port'), port, 'must be at least 1000')] };
  },
};

const broken: HandlerCompiler = {
  compile() {
    throw new Error('out of order');
  },
};

const accepting: HandlerCompiler = { compile: () => ({ ok: true, value: undefined }) };

const handlers = new Map([
  ['redisPing', redisPing],
  ['broken', broken],
]);

function liveness(probe: Json): Json {
  return podManifest({}, { livenessProbe: probe });
}

const at = 'spec.containers[0].livenessProbe';

describe('the handler of a probe', () => {
  it('may be that of a plugin, which checks its own settings', () => {
    expect(complaints(liveness({ redisPing: { port: 6379 } }), handlers)).toEqual([]);
    expect(complaints(liveness({ redisPing: { port: 1 } }), handlers)).toEqual([
      `${at}.redisPing.port: Invalid value: 1: must be at least 1000`,
    ]);
  });

  it('is unknown without its plugin, and the answer lists those there are', () => {
    expect(complaints(liveness({ redisPing: { port: 6379 } }))).toEqual([
      `${at}.redisPing: Unsupported value: "redisPing": supported values: "exec", "grpc", "httpGet", "tcpSocket"`,
    ]);
    expect(complaints(liveness({ redisPong: { port: 6379 } }), handlers)).toEqual([
      `${at}.redisPong: Unsupported value: "redisPong": supported values: "broken", "exec", "grpc", "httpGet", "redisPing", "tcpSocket" (did you mean "redisPing"?)`,
    ]);
  });

  it('that is misspelt gets a suggestion', () => {
    expect(complaints(liveness({ httpget: { port: 80 } }))).toEqual([
      `${at}.httpget: Unsupported value: "httpget": supported values: "exec", "grpc", "httpGet", "tcpSocket" (did you mean "httpGet"?)`,
    ]);
  });

  it('is not taken for one when it is a misspelt setting', () => {
    const manifest = liveness({ tcpSocket: { port: 80 }, initialDelaySecond: 5 });
    expect(complaints(manifest)).toEqual([]);
    expect(warnings(manifest)).toEqual([
      `${at}.initialDelaySecond: unknown field (did you mean "initialDelaySeconds"?)`,
    ]);
  });

  it('is one of exactly one, plugins counted', () => {
    expect(complaints(liveness({ redisPing: { port: 6379 }, tcpSocket: { port: 1 } }), handlers)).toEqual([
      `${at}.redisPing: Forbidden: may not specify more than 1 handler type`,
    ]);
  });

  it('of a plugin that throws is an error of the object, not of the agent', () => {
    expect(complaints(liveness({ broken: {} }), handlers)).toEqual([
      `${at}.broken: Internal error: prober "broken" failed to read its settings: out of order`,
    ]);
  });

  it('of Kubernetes is shown to its prober once the API accepts it', () => {
    const strict = new Map([['tcpSocket', redisPing]]);
    expect(complaints(liveness({ tcpSocket: { port: 80 } }), strict)).toEqual([
      `${at}.tcpSocket.port: Invalid value: 80: must be at least 1000`,
    ]);
    expect(complaints(liveness({ tcpSocket: { port: 0 } }), strict)).toEqual([
      `${at}.tcpSocket.port: Invalid value: 0: must be between 1 and 65535, inclusive`,
    ]);
  });

  it('without a prober is warned about', () => {
    expect(warnings(liveness({ grpc: { port: 80 } }), handlers)).toEqual([
      `${at}.grpc: no prober for this handler is loaded (registered: "broken", "redisPing"): the probe will not be carried out`,
    ]);
    expect(warnings(liveness({ grpc: { port: 80 } }), new Map())).toEqual([
      `${at}.grpc: no prober for this handler is loaded (registered: none): the probe will not be carried out`,
    ]);
    expect(warnings(liveness({ grpc: { port: 80 } }), new Map([['grpc', accepting]]))).toEqual([]);
  });

  it('is left to others to check on request, with a hint where it looks like a slip', () => {
    expect(complaints(liveness({ redisPing: {} }), 'unchecked')).toEqual([]);
    expect(warnings(liveness({ redisPing: {} }), 'unchecked')).toEqual([]);
    expect(warnings(liveness({ httpget: {} }), 'unchecked')).toEqual([
      `${at}.httpget: not a handler of Kubernetes (did you mean "httpGet"?)`,
    ]);
    expect(complaints(liveness({}), 'unchecked')).toEqual([
      `${at}: Required value: must specify a handler type`,
    ]);
  });
});
