/** The composition of an API server. */

import { silentLogger, systemClock, systemRandom } from '@mooring/core';
import { listen } from './http/http-server.ts';
import { seedNamespaces } from './resources/seed-namespaces.ts';
import { StoredResources } from './resources/stored-resources.ts';
import { Router } from './serve/router.ts';
import { RequestServer } from './serve/serve-requests.ts';
import type { ApiServerOptions } from './serve/server-options.ts';
import type { ServerParts } from './serve/server-parts.ts';
import { podStreams } from './streams/pod-streams.ts';

export interface ApiServer extends AsyncDisposable {
  /** `http://127.0.0.1:8080` */
  readonly url: string;
  readonly port: number;
  /** How many watches of each kind are open. */
  watching(): ReadonlyMap<string, number>;
  /** Ends every request and connection; the cluster goes on. */
  close(): Promise<void>;
}

const defaultFeedLimits = { historyMax: 2048, pendingMax: 4096, bookmarkMs: 60_000, partingMs: 10_000 };
const defaultLimits = { bodyBytesMax: 3 * 1024 * 1024, requestMsMax: 60_000 };

/** Resolves when requests are taken. Rejects with `INVALID` when the options are wrong or the address is not to be had. */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { cluster, host = '127.0.0.1', port = 0, tls, subresources = podStreams } = options;
  const controller = new AbortController();
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
  };
  const stored = new StoredResources(parts, { ...defaultFeedLimits, ...options.watches });
  const router = new Router(stored, subresources(parts));
  const server = new RequestServer(parts, limits, {
    authenticate: () => ({ name: 'system:anonymous', groups: ['system:unauthenticated'] }),
    authorize: () => {},
    answer: (request) => router.answer(request),
    upgrade: (request, upgrade) => router.upgrade(request, upgrade),
  });
  await seedNamespaces(cluster.objects, controller.signal);
  await stored.synced();
  const listening = await listen({
    host,
    port,
    tls,
    onRequest: (incoming, response) => void server.serve(incoming, response),
    onUpgrade: (incoming, socket, head) => void server.upgrade(incoming, socket, head),
  });
  const close = async () => {
    controller.abort();
    await listening.close();
  };
  const { url, port: boundPort } = listening;
  return { url, port: boundPort, watching: () => stored.watching(), close, [Symbol.asyncDispose]: close };
}
