/** The handler `httpGet` on the fake network. */

import {
  abortable,
  defineProber,
  formatURL,
  type GoURL,
  HandlerSettings,
  type HeaderList,
  hostNameOf,
  httpGetHeaders,
  httpGetURL,
  joinHostPort,
  type ProbeResult,
  type Prober,
  portOf,
  resolveURL,
} from '@mooring/core';
import type { FakeNetwork, FakeResponse } from './fake-network.ts';

/** The first request counts: nine redirects are followed. */
const requestsMax = 10;

const userAgent = 'kube-probe/1.36';

export function fakeHttpProber(network: FakeNetwork): Prober {
  return defineProber({
    handler: 'httpGet',
    network: true,
    parse(raw, path) {
      const settings = new HandlerSettings(raw, path);
      return settings.done({
        path: settings.text('path', '/'),
        port: settings.port('port'),
        host: settings.text('host', ''),
        scheme: settings.choice('scheme', ['HTTP', 'HTTPS']),
        httpHeaders: settings.list('httpHeaders', (item) => ({
          name: item.text('name', ''),
          value: item.text('value', ''),
        })),
      });
    },
    async probe(config, target, signal) {
      const destination = httpGetURL(config, target.podIP, target.resolvePort(config.port));
      if (!destination.ok) throw new Error(destination.problem);
      const { host, headers } = httpGetHeaders(config.httpHeaders, userAgent);
      const sent: HeaderList = [['Host', host ?? destination.url.host], ...headers];
      return await getFollowing(network, destination.url, sent, signal);
    },
  });
}

async function getFollowing(
  network: FakeNetwork,
  first: GoURL,
  headers: HeaderList,
  signal: AbortSignal,
): Promise<ProbeResult> {
  let url = first;
  for (let requests = 1; ; requests += 1) {
    const answer = await get(network, url, headers, signal);
    if (typeof answer === 'string') return failed(url, answer);
    const next = redirectOf(url, answer);
    if (next === undefined || hostNameOf(next) !== hostNameOf(first)) return resultOf(answer);
    if (requests >= requestsMax) return failed(next, `stopped after ${requestsMax} redirects`);
    url = next;
  }
}

/** The response, or what went wrong on the way to it. */
async function get(
  network: FakeNetwork,
  url: GoURL,
  headers: HeaderList,
  signal: AbortSignal,
): Promise<FakeResponse | string> {
  const service = network.connect(hostNameOf(url), portOf(url));
  if (service === undefined)
    return `dial tcp ${joinHostPort(hostNameOf(url), portOf(url))}: connect: connection refused`;
  if (service.http === undefined) return 'EOF';
  const joined = new Map<string, string>();
  for (const [name, value] of headers) {
    const known = joined.get(name.toLowerCase());
    joined.set(name.toLowerCase(), known === undefined ? value : `${known}, ${value}`);
  }
  const request = { method: 'GET', url: new URL(formatURL(url)), headers: Object.fromEntries(joined) };
  try {
    return await abortable(Promise.resolve(service.http(request)), signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    return 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)';
  }
}

const redirectStatuses = new Set([301, 302, 303, 307, 308]);

function redirectOf(from: GoURL, { status, headers = {} }: FakeResponse): GoURL | undefined {
  const location = Object.entries(headers).find(([name]) => name.toLowerCase() === 'location')?.[1];
  if (!redirectStatuses.has(status) || location === undefined) return undefined;
  const resolved = resolveURL(from, location);
  return resolved.ok ? resolved.url : undefined;
}

function resultOf({ status, body = '' }: FakeResponse): ProbeResult {
  if (status >= 200 && status < 300) return { outcome: 'success', message: body };
  if (status >= 300 && status < 400)
    return { outcome: 'warning', message: `Probe terminated redirects, Response body: ${body}` };
  return { outcome: 'failure', message: `HTTP probe failed with statuscode: ${status}` };
}

function failed(url: GoURL, words: string): ProbeResult {
  return { outcome: 'failure', message: `Get ${JSON.stringify(formatURL(url))}: ${words}` };
}
