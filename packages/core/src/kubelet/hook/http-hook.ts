/** `httpGet` hooks: the request of a probe, but any answer at all is success, and there is no time limit of its own. */

import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { dialErrorWords, isDialError } from '../../api/dial-error.ts';
import { formatURL, type GoURL, hostNameOf, portOf, resolveURL } from '../../api/go-url.ts';
import { type HeaderList, httpGetHeaders, httpGetURL } from '../../api/http-get-request.ts';
import type { HttpGetAction, IntOrString } from '../../api/pod.ts';
import { errorMessage } from '../../contract/error.ts';

export interface HookEvent {
  readonly type: 'Warning';
  readonly reason: 'LifecycleHTTPFallback';
  readonly message: string;
}

export interface HttpHookContext {
  readonly podIP: string;
  resolvePort(port: IntOrString): number;
  readonly onEvent?: (event: HookEvent) => void;
}

/** Kubernetes' own form, with the version whose behaviour this is: `kube-lifecycle/<major>.<minor>`. */
const userAgent = 'kube-lifecycle/1.36';
const redirectsMax = 10;
/** What is read of an answer before the hook counts as done. */
const bodyBytesMax = 10 * 1024;
const headerBytesMax = 1024 * 1024;

interface HookRequest {
  readonly url: GoURL;
  readonly headers: HeaderList;
  /** Of the `Host` header; the URL's when absent. */
  readonly host: string | undefined;
}

/**
 * Resolves when an answer came, whatever its status; rejects when none did, in Go's words. An HTTPS action whose
 * server speaks plain HTTP is tried again without TLS and reported.
 */
export async function runHttpHook(
  action: HttpGetAction,
  context: HttpHookContext,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  if ((action.host ?? '') === '' && context.podIP === '') throw new Error('the pod has no IP address');
  const path = action.path || '/';
  const parsed = httpGetURL({ ...action, path }, context.podIP, context.resolvePort(action.port));
  if (!parsed.ok) throw new Error(parsed.problem);
  const { url } = parsed;
  const { host, headers } = httpGetHeaders(action.httpHeaders ?? [], userAgent);
  try {
    await follow({ url, headers, host }, signal);
  } catch (error) {
    if (url.scheme !== 'https' || !isPlainHttpAnswer(error)) throw wordsOf(error, url, signal);
    await fallBack({ url, headers, host }, signal);
    const message = `request to HTTPS lifecycle hook ${url.host} got HTTP response, retry with HTTP succeeded`;
    context.onEvent?.({ type: 'Warning', reason: 'LifecycleHTTPFallback', message });
  }
}

async function fallBack(first: HookRequest, signal: AbortSignal): Promise<void> {
  // What was meant for TLS only must not cross the network in the clear.
  const headers = first.headers.filter(([name]) => name !== 'Authorization');
  try {
    await follow({ ...first, url: { ...first.url, scheme: 'http' }, headers }, signal);
  } catch (error) {
    signal.throwIfAborted();
    // As in Kubernetes the first failure is the one that is told.
    const words = 'http: server gave HTTP response to HTTPS client';
    throw new Error(`Get "${formatURL(first.url)}": ${words}`, { cause: error });
  }
}

/** Follows redirects as long as they stay on the host: a hook at another address is none of this container's. */
async function follow(first: HookRequest, signal: AbortSignal): Promise<void> {
  let current = first;
  for (let redirects = 0; ; redirects += 1) {
    const location = await get(current, signal);
    if (location === undefined) return;
    const next = resolveURL(current.url, location);
    if (!next.ok)
      throw new Error(`failed to parse Location header ${JSON.stringify(location)}: ${next.problem}`);
    if (hostNameOf(next.url) !== hostNameOf(first.url)) return;
    if (redirects + 1 >= redirectsMax) throw new Error(`stopped after ${redirectsMax} redirects`);
    // A host named on purpose goes along only when the redirect names none itself.
    const isRelative = next.url.host === current.url.host;
    current = { url: next.url, headers: first.headers, host: isRelative ? current.host : undefined };
  }
}

/** One request on a connection of its own; gives the target of a redirect, if the answer is one. */
function get({ url, headers, host }: HookRequest, signal: AbortSignal): Promise<string | undefined> {
  const path = url.path.startsWith('/') ? url.path : `/${url.path}`;
  const options: RequestOptions = {
    method: 'GET',
    host: hostNameOf(url),
    port: portOf(url),
    path: url.query === undefined ? path : `${path}?${url.query}`,
    headers: ['Host', host ?? url.host, ...headers.flat()],
    agent: false,
    maxHeaderSize: headerBytesMax,
    signal,
  };
  return new Promise((resolve, reject) => {
    const request =
      url.scheme === 'https' ? requestHttps({ ...options, rejectUnauthorized: false }) : requestHttp(options);
    request.on('error', reject);
    request.on('response', (response) => {
      discard(response, () => {
        request.destroy();
        resolve(redirectOf(response));
      });
    });
    request.on('upgrade', (_response, socket) => {
      socket.destroy();
      resolve(undefined);
    });
    request.end();
  });
}

/** A short body is read to its end, a long one is left: what comes after the status decides nothing. */
function discard(response: IncomingMessage, done: () => void): void {
  let bytes = 0;
  if (Number(response.headers['content-length'] ?? 0) > bodyBytesMax) {
    done();
    return;
  }
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes >= bodyBytesMax) done();
  });
  response.on('end', done);
  // An answer that breaks off is an answer.
  response.on('error', done);
  response.on('close', done);
}

function redirectOf(response: IncomingMessage): string | undefined {
  const isRedirect = [301, 302, 303, 307, 308].includes(response.statusCode ?? 0);
  return isRedirect ? response.headers.location : undefined;
}

/** What OpenSSL makes of `HTTP/1.1 400 Bad Request` in the place of a TLS record. */
function isPlainHttpAnswer(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  const isTlsError = error.code === 'EPROTO' || String(error.code).startsWith('ERR_SSL_');
  return isTlsError && /wrong version number|http request/i.test(error.message);
}

function wordsOf(error: unknown, url: GoURL, signal: AbortSignal): Error {
  const words = signal.aborted
    ? errorMessage(signal.reason)
    : isDialError(error)
      ? dialErrorWords(error, url.host)
      : errorMessage(error);
  return new Error(`Get "${formatURL(url)}": ${words}`, { cause: error });
}
