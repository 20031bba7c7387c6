/** `/metrics`, `/healthz`, `/livez` and `/readyz` of a process that serves nothing else. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { errorMessage, MooringError } from '@mooring/core';
import { type HealthCheck, reportHealth } from './health-checks.ts';
import { type ListenAddress, parseListenAddress } from './listen-address.ts';
import type { Metrics } from './metrics.ts';

/** Where a health server listens, and what it tells. */
export interface HealthServerOptions {
  /** `127.0.0.1:10250`; port 0 is any that is free. */
  readonly listen: string;
  readonly metrics: Metrics;
  /** Asked at each request. */
  readonly checks: readonly HealthCheck[];
}

/** Answers `/metrics`, `/livez`, `/readyz` and `/healthz` until it is closed. */
export interface HealthServer extends AsyncDisposable {
  /** Where it listens: `http://127.0.0.1:10250`. */
  readonly url: string;
}

/** Rejects with `INVALID` for an address that is none, or that cannot be listened on. */
export async function serveHealth(options: HealthServerOptions): Promise<HealthServer> {
  const address = parseListenAddress(options.listen);
  const server = createServer((request, response) => void answer(options, request, response));
  await listen(server, address);
  return {
    url: urlOf(server, address),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function answer(
  { metrics, checks }: HealthServerOptions,
  { method, url = '/' }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // Not by `new URL`, which throws for some of what a client may send. With its host it comes from a proxy.
  const [path = '', query] = url.replace(/^http:\/\/[^/?]*/, '').split('?', 2);
  const plain = (status: number, text: string) => end(response, status, 'text/plain; charset=utf-8', text);
  if (method !== 'GET' && method !== 'HEAD') return plain(405, 'only GET\n');
  if (path === '/metrics') return await answerMetrics(metrics, response);
  const kind = kinds.get(path);
  if (kind === undefined) return plain(404, `try ${[...kinds.keys(), '/metrics'].join(', ')}\n`);
  const { ok, lines } = reportHealth(checks, kind);
  if (ok && !new URLSearchParams(query).has('verbose')) return plain(200, 'ok');
  plain(ok ? 200 : 503, `${lines.join('\n')}\n`);
}

const kinds: ReadonlyMap<string, 'livez' | 'readyz'> = new Map([
  ['/livez', 'livez'],
  ['/readyz', 'readyz'],
  // The old name of what is asked before traffic is sent.
  ['/healthz', 'readyz'],
]);

async function answerMetrics(metrics: Metrics, response: ServerResponse): Promise<void> {
  try {
    end(response, 200, metrics.contentType, await metrics.text());
  } catch (error) {
    end(response, 500, 'text/plain; charset=utf-8', `${errorMessage(error)}\n`);
  }
}

function end(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'content-type': type });
  response.end(text);
}

function listen(server: Server, { host, port }: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    // Not once: later ones are of connections that could not be taken, and must not end the process.
    server.on('error', (error) => {
      const words = `cannot listen on ${host}:${port}: ${errorMessage(error)}: choose another address`;
      reject(new MooringError('INVALID', words, { cause: error }));
    });
    server.listen({ host, port }, () => resolve());
  });
}

function urlOf(server: Server, { host, port }: ListenAddress): string {
  const bound = server.address();
  const actual = typeof bound === 'object' && bound !== null ? bound.port : port;
  return `http://${host.includes(':') ? `[${host}]` : host}:${actual}`;
}
