/** The server of an HTTP vector: routes that answer, wait, stall, break off or send what is no HTTP. */

import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer as createNetServer } from 'node:net';
import { type CertificateKind, certificateOf } from './certificates.ts';

export interface RouteReply {
  readonly status?: number;
  readonly body?: string;
  readonly bodyRepeat?: { readonly text: string; readonly times: number };
  readonly headers?: Readonly<Record<string, string>>;
  readonly delaySeconds?: number;
  readonly bodyStallSeconds?: number;
  readonly behaviour?: 'abort' | 'garbage';
  readonly raw?: string;
  readonly ifHost?: Readonly<Record<string, RouteReply>>;
  readonly otherwise?: RouteReply;
}

export interface ServerSpec {
  readonly listening: boolean;
  readonly tls?: { readonly certificate?: string };
  readonly routes?: Readonly<Record<string, RouteReply>>;
}

export interface ReceivedRequest {
  readonly method: string;
  /** As on the wire, query included. */
  readonly target: string;
  readonly host: string | undefined;
  /** All but `Host`: canonical name -> values in order. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
}

export interface RunningServer extends AsyncDisposable {
  readonly port: number;
  readonly otherPort: number;
  readonly requests: readonly ReceivedRequest[];
}

type Routes = Readonly<Record<string, RouteReply>>;

/**
 * Listens on two ports of 127.0.0.1; with `listening: false` on none, and the ports are free ones. `withPorts` puts
 * the ports into the routes, once they are known.
 */
export async function startHttpServer(
  spec: ServerSpec,
  withPorts: (routes: Routes, ports: { readonly port: number; readonly otherPort: number }) => Routes,
): Promise<RunningServer> {
  const requests: ReceivedRequest[] = [];
  if (!spec.listening) return { port: await freePort(), otherPort: await freePort(), requests, ...noServer };
  const timers = new Set<NodeJS.Timeout>();
  const later = (seconds: number | undefined, fn: () => void) => {
    if (seconds === undefined) return fn();
    timers.add(setTimeout(fn, seconds * 1000));
  };
  const answer: RequestListener = (request, response) => {
    requests.push(received(request));
    const path = decodeURIComponent((request.url ?? '/').split('?')[0] ?? '/');
    const reply = chosen(routes[path] ?? { status: 404 }, request.headers.host);
    later(reply.delaySeconds, () => send(reply, response, later));
  };
  const servers = [serverFor(spec, answer), serverFor(spec, answer)];
  const [port = 0, otherPort = 0] = await Promise.all(servers.map(listen));
  const routes = withPorts(spec.routes ?? {}, { port, otherPort });
  return {
    port,
    otherPort,
    requests,
    async [Symbol.asyncDispose]() {
      for (const timer of timers) clearTimeout(timer);
      await Promise.all(servers.map(close));
    },
  };
}

/** A port that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  const server = createNetServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const noServer = { [Symbol.asyncDispose]: () => Promise.resolve() };

function chosen(reply: RouteReply, host = ''): RouteReply {
  return reply.ifHost === undefined ? reply : (reply.ifHost[host] ?? reply.otherwise ?? { status: 404 });
}

function serverFor({ tls }: ServerSpec, answer: RequestListener): Server {
  return tls === undefined
    ? createServer(answer)
    : createSecureServer(certificateOf(certificateKind(tls.certificate ?? '')), answer);
}

function certificateKind(words: string): CertificateKind {
  if (/expired/i.test(words)) return 'expired';
  return /host|name/i.test(words) ? 'other-host' : 'self-signed';
}

function send(
  reply: RouteReply,
  response: ServerResponse,
  later: (seconds: number | undefined, fn: () => void) => void,
): void {
  if (reply.behaviour === 'abort') response.socket?.destroy();
  else if (reply.behaviour === 'garbage') response.socket?.end(reply.raw ?? '');
  else {
    const { bodyRepeat } = reply;
    const body = Buffer.from(bodyRepeat ? bodyRepeat.text.repeat(bodyRepeat.times) : (reply.body ?? ''));
    response.writeHead(reply.status ?? 200, {
      'Content-Length': body.length || hasStall(reply),
      ...reply.headers,
    });
    if (reply.bodyStallSeconds === undefined) response.end(body);
    else {
      response.write(body.subarray(0, -1));
      later(reply.bodyStallSeconds, () => response.end(body.subarray(-1)));
      response.flushHeaders();
    }
  }
}

/** An empty body cannot be held back: one byte is promised in its place. */
function hasStall({ bodyStallSeconds }: RouteReply): number {
  return bodyStallSeconds === undefined ? 0 : 1;
}

function received(request: IncomingMessage): ReceivedRequest {
  const headers = new Map<string, string[]>();
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    const name = (request.rawHeaders[i] ?? '').toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), request.rawHeaders[i + 1] ?? '']);
  }
  const host = headers.get('host')?.[0];
  headers.delete('host');
  return { method: request.method ?? '', target: request.url ?? '', host, headers };
}

function listen(server: {
  listen(port: number, host: string, done: () => void): unknown;
  address(): AddressInfo | string | null;
}): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(address !== null && typeof address === 'object' ? address.port : 0);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
