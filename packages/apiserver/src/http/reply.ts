/** What a request is answered with. */

import type { ServerResponse } from 'node:http';

/** An answer as a whole. */
export interface Reply {
  readonly code: number;
  /** An object is sent as JSON. */
  readonly body: object | string | Buffer;
  /** `application/json` for an object, `text/plain` otherwise, when not given. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

/** An answer of unknown length. Resolves when nothing more comes; whoever gives it back ends the response. */
export interface StreamReply {
  stream(response: ServerResponse): Promise<void>;
}

/** What a handler of a sub-resource answers with. */
export type Answer = Reply | StreamReply;

export function json(body: object, code = 200): Reply {
  return { code, body };
}

/** `body` is JSON already. */
export function jsonBytes(body: Buffer, code = 200): Reply {
  return { code, body, contentType: 'application/json' };
}

export function text(body: string, code = 200): Reply {
  return { code, body };
}

export function isStream(answer: Answer): answer is StreamReply {
  return 'stream' in answer;
}

export function writeReply(response: ServerResponse, { code, body, contentType, headers }: Reply): void {
  const isJson = typeof body === 'object' && !Buffer.isBuffer(body);
  const json = isJson ? JSON.stringify(body) : undefined;
  // Counted before the line end is put to it: a text that was put together is copied by whoever looks into it.
  const length =
    json === undefined ? Buffer.byteLength(body as string | Buffer) : Buffer.byteLength(json) + 1;
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
  response.setHeader(
    'content-type',
    contentType ?? (isJson ? 'application/json' : 'text/plain; charset=utf-8'),
  );
  response.setHeader('content-length', length);
  response.writeHead(code);
  response.end(json === undefined ? body : `${json}\n`);
}
