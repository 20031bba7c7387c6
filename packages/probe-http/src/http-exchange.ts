/**
 * One GET over one new connection, on `node:http`. The parser is the lenient one: a probe has to understand the small and
 * odd servers that Go's client understands (bare line feeds, for one), and forwards nothing that could be smuggled.
 */

import { type ClientRequest, type IncomingMessage, request as startRequest } from 'node:http';
import { connect, isIP } from 'node:net';
import { createSecureContext, type SecureContext, connect as secureConnect } from 'node:tls';
import { type GoURL, type HeaderList, hostNameOf, portOf } from '@mooring/core';
import { type TransportProblem, transportProblem } from './transport-problem.ts';

export interface HttpGetRequest {
  readonly url: GoURL;
  /** The `Host` header; `undefined`: that of the URL. */
  readonly host: string | undefined;
  readonly headers: HeaderList;
}

/** A request in the shape in which it goes out; may be sent many times. */
export interface PreparedRequest extends HttpGetRequest {
  readonly hostName: string;
  readonly port: number;
  readonly target: string;
  /** Names and values by turns. */
  readonly headerLines: readonly string[];
}

/** Does the work that is the same for each sending. */
export function prepare({ url, host, headers }: HttpGetRequest): PreparedRequest {
  return {
    url,
    host,
    headers,
    hostName: hostNameOf(url),
    port: portOf(url),
    target: requestTarget(url),
    headerLines: ['Host', host ?? url.host, ...headers.flat(), ...closing(headers)].map(wireText),
  };
}

export interface HttpReply {
  readonly status: number;
  /** The header; the headers are read when somebody asks for it. */
  location(): string | undefined;
  /**
   * The first `bytesMax` bytes of the body; the rest is not waited for. Rejects when the body breaks off or the signal
   * aborts before: the head was fine, so this is not the server's verdict on its health.
   */
  readBody(bytesMax: number): Promise<string>;
}

export type Exchanged<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: TransportProblem };

/**
 * Sends the request and hands the head of the reply to `use`. Not `ok`: no reply came. When it
 * settles, the connection is gone or about to close by itself; after an abort that is at once.
 */
export async function exchange<T>(
  request: PreparedRequest,
  signal: AbortSignal,
  use: (reply: HttpReply) => Promise<T>,
): Promise<Exchanged<T>> {
  if (signal.aborted) return { ok: false, problem: 'timeout' };
  let outgoing: ClientRequest;
  try {
    outgoing = send(request);
  } catch (error) {
    // Node refuses ports and header values that cannot be sent before it opens a connection.
    return { ok: false, problem: transportProblem(error, request.url) };
  }
  const abort = new AbortWatch(signal);
  let reply: IncomingMessage | undefined;
  try {
    const head = await headOf(outgoing, request.url, abort);
    if (!head.ok) return head;
    reply = head.value;
    return { ok: true, value: await use(replyOf(reply, abort)) };
  } finally {
    abort.end();
    // After a whole reply Node closes it by itself, half by half; the server closes it too, and the work of the kernel,
    // a tenth of a whole probe, is shared.
    const closesItself = reply?.readableEnded === true && !outgoing.shouldKeepAlive;
    if (!closesItself) outgoing.destroy();
  }
}

/** One listener for all stages of an exchange: each costs as much as a good part of the probe. */
class AbortWatch {
  private readonly signal: AbortSignal;
  private act = () => {};
  private readonly listener = () => this.act();

  constructor(signal: AbortSignal) {
    this.signal = signal;
    signal.addEventListener('abort', this.listener);
  }

  /** What an abort means from now on; at once when it has come already. */
  means(act: () => void): void {
    this.act = act;
    if (this.signal.aborted) act();
  }

  end(): void {
    this.signal.removeEventListener('abort', this.listener);
  }
}

/** Go's own bound on the head of a response. */
const headBytesMax = 10 * 1024 * 1024;

function send({ url, hostName, port, target, headerLines }: PreparedRequest): ClientRequest {
  const outgoing = startRequest({
    host: hostName,
    port,
    path: target,
    headers: headerLines,
    setHost: false,
    insecureHTTPParser: true,
    maxHeaderSize: headBytesMax,
    createConnection: () => (url.scheme === 'https' ? connectTLS(hostName, port) : connect(port, hostName)),
  });
  outgoing.end();
  return outgoing;
}

/** A blank in the query would break the request line; Go sends it as it is and gets a 400 for it. */
function requestTarget({ path, query }: GoURL): string {
  return wireText(
    `${path === '' ? '/' : path}${query === undefined ? '' : `?${query.replaceAll(' ', '%20')}`}`,
  );
}

/** One connection for each probe, unless the user's own headers ask for that or for another protocol. */
function closing(headers: HeaderList): readonly string[] {
  const own = headers.filter(([name]) => name === 'Connection').map(([, value]) => value.toLowerCase());
  const isUpgrade = headers.some(([name]) => name === 'Upgrade');
  const isSettled = own.some((value) => value.includes('close') || (isUpgrade && value.includes('upgrade')));
  return isSettled ? [] : ['Connection', 'close'];
}

let sharedContext: SecureContext | undefined;

/** Certificates are not verified, as the kubelet does. One context for all: making one takes a millisecond, ten times a whole probe. */
function connectTLS(host: string, port: number) {
  sharedContext ??= createSecureContext();
  const servername = isIP(host) === 0 ? host : '';
  return secureConnect({
    host,
    port,
    servername,
    secureContext: sharedContext,
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'],
  });
}

/** The UTF-8 bytes of a text, as the Latin-1 characters that Node sends byte by byte. */
function wireText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: everything within ASCII goes out as it is.
  return /^[\x00-\x7f]*$/.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

function headOf(outgoing: ClientRequest, url: GoURL, abort: AbortWatch): Promise<Exchanged<IncomingMessage>> {
  return new Promise((settle) => {
    abort.means(() => settle({ ok: false, problem: 'timeout' }));
    // `on` for what comes once: listeners that take themselves off again cost a good part of a probe.
    outgoing.on('response', (message) => settle({ ok: true, value: message }));
    // A 101 is a final answer like any other. Node lets go of the connection then, so it must be closed here.
    outgoing.on('upgrade', (message, socket) => {
      socket.destroy();
      settle({ ok: true, value: message });
    });
    // Without a listener, an error after the end would bring the agent down.
    outgoing.on('error', (error) => settle({ ok: false, problem: transportProblem(error, url) }));
  });
}

function replyOf(message: IncomingMessage, abort: AbortWatch): HttpReply {
  return {
    status: message.statusCode ?? 0,
    location: () => message.headers.location,
    readBody: (bytesMax) =>
      message.statusCode === 101 ? Promise.resolve('') : bodyOf(message, bytesMax, abort),
  };
}

function bodyOf(message: IncomingMessage, bytesMax: number, abort: AbortWatch): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let isOver = false;
    const finish = () => {
      isOver = true;
      resolve(textOf(chunks, bytesMax));
    };
    const fail = (words: string) => {
      // Each message closes in the end; an error with its stack, made for nothing, would cost more than the body.
      if (isOver) return;
      isOver = true;
      reject(new Error(words));
    };
    abort.means(() =>
      fail('context deadline exceeded (Client.Timeout or context cancellation while reading body)'),
    );
    message.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= bytesMax) finish();
    });
    message.on('end', finish);
    message.on('error', () => fail('unexpected EOF'));
    // A body that breaks the rules of its encoding fails the request, and closes the message without an error of its own.
    message.on('close', () => fail('unexpected EOF'));
  });
}

function textOf(chunks: readonly Buffer[], bytesMax: number): string {
  const [only = Buffer.alloc(0)] = chunks;
  const whole = chunks.length <= 1 ? only : Buffer.concat(chunks);
  return whole.subarray(0, bytesMax).toString();
}
