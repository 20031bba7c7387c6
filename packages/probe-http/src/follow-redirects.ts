import { formatURL, type GoURL, hostNameOf, resolveURL } from '@mooring/core';
import {
  exchange,
  type HttpGetRequest,
  type HttpReply,
  type PreparedRequest,
  prepare,
} from './http-exchange.ts';

export interface RedirectOptions {
  /** Also go to other host names. The kubelet's probes do not; it is for users of the prober on its own. */
  readonly followNonLocalRedirects: boolean;
}

/** The last reply of a chain of redirects, or the whole error line of the client: `Get "http://...": EOF`. */
export type FinalReply =
  | { readonly ok: true; readonly status: number; readonly body: string }
  | { readonly ok: false; readonly message: string };

/** What the kubelet reads of a body (upstream `pkg/probe/http/http.go`). */
const bodyBytesMax = 10 * 1024;
/** The first request counts: nine redirects are followed. */
const requestsMax = 10;

/**
 * Sends a GET and follows redirects as Go's client does: 301, 302, 303, 307 and 308 with a `Location`, at most nine; a redirect to
 * another host name is handed out as the reply. Rejects when the final body cannot be read.
 */
export async function getFollowing(
  first: PreparedRequest,
  options: RedirectOptions,
  signal: AbortSignal,
): Promise<FinalReply> {
  let request = first;
  for (let requests = 1; ; requests += 1) {
    const current = request;
    const exchanged = await exchange(current, signal, async (reply): Promise<FinalReply | HttpGetRequest> => {
      const next = redirectOf(reply, current, first);
      if (next === undefined) return await finalOf(reply);
      if ('ok' in next) return next;
      const isLocal = hostNameOf(next.url) === hostNameOf(first.url);
      if (!isLocal && !options.followNonLocalRedirects) return await finalOf(reply);
      if (requests < requestsMax) return isLocal ? next : withoutSecrets(next);
      return failed(reply.location() ?? '', `stopped after ${requestsMax} redirects`);
    });
    if (!exchanged.ok) return failed(formatURL(current.url), problemWords(exchanged.problem));
    if ('ok' in exchanged.value) return exchanged.value;
    request = prepare(exchanged.value);
  }
}

async function finalOf(reply: HttpReply): Promise<FinalReply> {
  return { ok: true, status: reply.status, body: await reply.readBody(bodyBytesMax) };
}

function failed(url: string, words: string): FinalReply {
  return { ok: false, message: `Get ${JSON.stringify(url)}: ${words}` };
}

function problemWords(problem: 'timeout' | { readonly words: string }): string {
  if (problem !== 'timeout') return problem.words;
  return 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)';
}

const redirectStatuses = new Set([301, 302, 303, 307, 308]);

/** The next request; `undefined` when the reply is no redirect. Every request carries the headers of the first one. */
function redirectOf(
  reply: HttpReply,
  from: HttpGetRequest,
  first: HttpGetRequest,
): HttpGetRequest | FinalReply | undefined {
  if (!redirectStatuses.has(reply.status)) return undefined;
  const location = reply.location();
  if (location === undefined || location === '') return undefined;
  const resolved = resolveURL(from.url, location);
  if (!resolved.ok) {
    const words = `parse ${JSON.stringify(location)}: ${resolved.problem}`;
    return failed(
      formatURL(from.url),
      `failed to parse Location header ${JSON.stringify(location)}: ${words}`,
    );
  }
  // A host header of the user's own stays for a relative redirect only.
  const host = /^[A-Za-z][A-Za-z0-9+.-]*:/.test(location) ? undefined : from.host;
  return {
    url: resolved.url,
    host,
    headers: [...first.headers, ...refererOf(from.url, resolved.url, first)],
  };
}

function refererOf(from: GoURL, to: GoURL, first: HttpGetRequest): HttpGetRequest['headers'] {
  const isOwn = first.headers.some(([name]) => name === 'Referer');
  const isDowngrade = from.scheme === 'https' && to.scheme === 'http';
  return isOwn || isDowngrade ? [] : [['Referer', formatURL({ ...from, fragment: '' })]];
}

const secretHeaders = new Set(['Authorization', 'Cookie', 'Cookie2', 'Www-Authenticate']);

function withoutSecrets(request: HttpGetRequest): HttpGetRequest {
  return { ...request, headers: request.headers.filter(([name]) => !secretHeaders.has(name)) };
}
