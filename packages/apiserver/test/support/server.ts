import { type Cluster, type ControlOptions, createControllers } from '@mooring/core';
import { type ApiServer, type ApiServerOptions, createApiServer } from '../../src/index.ts';

export interface Served extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly server: ApiServer;
  /** A request, and its answer as JSON. */
  ask(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Asked>;
}

export interface Asked {
  readonly code: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at answers of all kinds.
  readonly body: any;
}

export interface ServeOptions extends Partial<ControlOptions> {
  readonly api?: Partial<ApiServerOptions>;
}

/** An API server over a cluster in memory without controllers, where nothing changes but by requests. */
export async function serve({ api, ...options }: ServeOptions = {}): Promise<Served> {
  const cluster = await createControllers({ plugins: [], controllers: false, scheduler: false, ...options });
  const server = await createApiServer({ cluster, ...api });
  return {
    cluster,
    server,
    ask: (method, path, body, headers) => ask(server.url + path, method, body, headers),
    async [Symbol.asyncDispose]() {
      await server.close();
      await cluster.close();
    },
  };
}

async function ask(
  url: string,
  method: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Asked> {
  const given = body !== undefined;
  const response = await fetch(url, {
    method,
    headers: { ...(given && { 'content-type': 'application/json' }), ...headers },
    ...(given && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return { code: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}
