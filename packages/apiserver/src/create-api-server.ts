/** The composition of an API server. */

import { setMaxListeners } from 'node:events';
import { silentLogger, systemClock, systemRandom } from '@mooring/core';
import { createAuthenticator } from './auth/authenticate.ts';
import { Authorizer } from './auth/authorize.ts';
import { impersonated } from './auth/impersonate.ts';
import { type Listening, type ListenOptions, listen } from './http/http-server.ts';
import { seedNamespaces } from './resources/seed-namespaces.ts';
import { StoredResources } from './resources/stored-resources.ts';
import { Router } from './serve/router.ts';
import { RequestServer } from './serve/serve-requests.ts';
import type { ApiServerOptions } from './serve/server-options.ts';
import type { ServerParts } from './serve/server-parts.ts';
import { validateServerOptions } from './serve/validate-options.ts';
import { podStreams } from './streams/pod-streams.ts';
import { UsageServer } from './usage/serve-usage.ts';

/** An API server that listens. */
export interface ApiServer extends AsyncDisposable {
  /** `http://127.0.0.1:8080` */
  readonly url: string;
  readonly port: number;
  /** How many watches of each kind are open. */
  watching(): ReadonlyMap<string, number>;
  /** Requests that are being served now, watches and streams apart. */
  underWay(): number;
  /** Ends every request and connection; the cluster goes on. */
  close(): Promise<void>;
}

const defaultFeedLimits = { historyMax: 2048, pendingMax: 4096, bookmarkMs: 60_000, partingMs: 10_000 };
const defaultLimits = { bodyBytesMax: 3 * 1024 * 1024, requestMsMax: 60_000, requestsMax: 1000 };

/** Resolves when requests are taken. Rejects with `INVALID` when the options are wrong or the address is not to be had. */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  validateServerOptions(options);
  const { cluster, host = '127.0.0.1', port = 0, tls, subresources = podStreams } = options;
  const { tokens = [], access } = options;
  const controller = new AbortController();
  // Every watch listens to it.
  setMaxListeners(0, controller.signal);
  const parts: ServerParts = {
    cluster,
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
    logger: (options.logger ?? silentLogger).child({ component: 'apiserver' }),
    signal: controller.signal,
  };
  const limits = {
    bodyBytesMax: options.bodyBytesMax ?? defaultLimits.bodyBytesMax,
    requestMsMax: options.requestMsMax ?? defaultLimits.requestMsMax,
    requestsMax: options.requestsMax ?? defaultLimits.requestsMax,
  };
  const authorizer = new Authorizer(cluster.objects, access);
  const stored = new StoredResources(parts, authorizer, { ...defaultFeedLimits, ...options.watches });
  const router = new Router(stored, authorizer, new UsageServer(parts), subresources(parts));
  const isOpen = tokens.length === 0 && tls?.clientCA === undefined;
  const authenticate = createAuthenticator({ tokens, isOpen });
  const server = new RequestServer(parts, limits, {
    authenticate: (incoming) => impersonated(authenticate(incoming), incoming, authorizer),
    authorize: (request) => authorizer.check(request),
    answer: (request) => router.answer(request),
    upgrade: (request, upgrade) => router.upgrade(request, upgrade),
    observe: (request, code, durationMs) => router.metrics.observe(request, code, durationMs),
  });
  const listening = await begin(stored, parts, {
    host,
    port,
    tls,
    onRequest: (incoming, response) => void server.serve(incoming, response),
    onUpgrade: (incoming, socket, head) => void server.upgrade(incoming, socket, head),
    onError: (err) => parts.logger.warn({ err }, 'a connection could not be taken'),
  }).catch((error: unknown) => {
    // What follows the store must not outlive a server that never was.
    controller.abort();
    throw error;
  });
  const close = async () => {
    controller.abort();
    await listening.close();
  };
  const { url, port: boundPort } = listening;
  return {
    url,
    port: boundPort,
    watching: () => stored.watching(),
    underWay: () => server.underWay,
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function begin(
  stored: StoredResources,
  { cluster, signal }: ServerParts,
  options: ListenOptions,
): Promise<Listening> {
  await seedNamespaces(cluster.objects, signal);
  await stored.synced();
  return await listen(options);
}
