/**
 * One unary gRPC call over an HTTP/2 session. The client library of gRPC is not used because it cannot let go of a
 * connection on which the server never says a word: each probe of such a container would leave a socket behind.
 */

import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';

export interface GrpcRequest {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly userAgent: string;
  readonly message: Uint8Array;
}

/** The status of the call, and the message if it is OK. */
export interface GrpcReply {
  /** Number of the gRPC status; 0 is OK. */
  readonly code: number;
  readonly details: string;
  readonly message: Uint8Array;
}

const unknown = 2;
const resourceExhausted = 8;
const unimplemented = 12;
const internal = 13;
const unavailable = 14;

/** Whatever happens to the call ends in a status; rejects only with `signal.reason`, and resets the stream then. */
export function unaryCall(
  session: ClientHttp2Session,
  request: GrpcRequest,
  signal: AbortSignal,
): Promise<GrpcReply> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const stream = session.request({
      ':method': 'POST',
      ':path': request.path,
      'content-type': 'application/grpc',
      te: 'trailers',
      'user-agent': request.userAgent,
    });
    const onAbort = () => {
      stream.destroy();
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort);
    collect(stream, (reply) => {
      signal.removeEventListener('abort', onAbort);
      stream.destroy();
      resolve(reply);
    });
    stream.end(frame(request.message));
  });
}

/** More than a health message needs, little enough to hold for thousands of probes. */
const replyBytesMax = 64 * 1024;

/** Calls `settle` at the end of the stream; further calls of it are to be ignored. */
function collect(stream: ClientHttp2Stream, settle: (reply: GrpcReply) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let status: GrpcReply | undefined;
  const fail = (code: number, details: string) => settle(statusOnly(code, details));
  stream.on('response', (headers) => {
    status = statusOf(headers) ?? httpProblem(headers);
  });
  stream.on('trailers', (trailers) => {
    status ??= statusOf(trailers);
  });
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > replyBytesMax) fail(resourceExhausted, `received message larger than ${replyBytesMax} bytes`);
  });
  stream.on('error', (error) => fail(unavailable, error.message));
  stream.on('close', () => {
    if (status === undefined) fail(unavailable, 'the server closed the stream without sending a status');
    else settle(status.code === 0 ? withMessage(Buffer.concat(chunks)) : status);
  });
}

function statusOf(headers: IncomingHttpHeaders): GrpcReply | undefined {
  const text = headers['grpc-status'];
  if (typeof text !== 'string') return undefined;
  const code = /^\d+$/.test(text) ? Number(text) : unknown;
  return statusOnly(code, decodeDetails(String(headers['grpc-message'] ?? '')));
}

/** The gRPC status that stands for an HTTP answer without one, by gRPC's own table. */
function httpProblem(headers: IncomingHttpHeaders): GrpcReply | undefined {
  const status = Number(headers[':status']);
  if (status === 200) return undefined;
  const codes = new Map([
    [400, internal],
    [401, 16],
    [403, 7],
    [404, unimplemented],
    [429, unavailable],
    [502, unavailable],
    [503, unavailable],
    [504, unavailable],
  ]);
  return statusOnly(
    codes.get(status) ?? unknown,
    `unexpected HTTP status code received from server: ${status}`,
  );
}

function statusOnly(code: number, details: string): GrpcReply {
  return { code, details, message: new Uint8Array() };
}

/** `grpc-message` is percent-encoded UTF-8; one that is badly encoded is shown as it is. */
function decodeDetails(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const prefixBytes = 5;

/** Prefix of a message: no compression, then its length. */
function frame(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

function withMessage(framed: Buffer): GrpcReply {
  if (framed.length < prefixBytes) return statusOnly(internal, 'the server sent no message');
  if (framed[0] !== 0) return statusOnly(internal, 'the message is compressed, which was not asked for');
  const message = framed.subarray(prefixBytes);
  if (message.length !== framed.readUInt32BE(1))
    return statusOnly(internal, 'the message has a wrong length');
  return { code: 0, details: '', message };
}
