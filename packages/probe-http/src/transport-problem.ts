import {
  dialErrorWords,
  type GoURL,
  hostNameOf,
  isDialError,
  joinHostPort,
  portOf,
  systemErrorWords,
} from '@mooring/core';

/** Go's words for why no response came; `timeout` has different words at each stage. */
export type TransportProblem = 'timeout' | { readonly words: string };

/** What Node's HTTP parser and TLS layer add to a socket error. */
interface HttpError {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly syscall?: unknown;
  readonly rawPacket?: unknown;
}

/** Translates an error of `node:http`, `node:net` or `node:tls` that came up before the head of a response. */
export function transportProblem(error: unknown, url: GoURL): TransportProblem {
  return { words: words(error, joinHostPort(hostNameOf(url), portOf(url))) };
}

function words(error: unknown, address: string): string {
  if (isDialError(error)) return dialErrorWords(error, address);
  const { code, message, syscall, rawPacket }: HttpError =
    typeof error === 'object' && error !== null ? error : {};
  if (typeof code !== 'string') return String(message ?? error);
  if (code === 'HPE_HEADER_OVERFLOW')
    return 'net/http: server response headers exceeded 10485760 bytes; aborted';
  if (code.startsWith('HPE_')) return malformedWords(code, rawPacket);
  if (code === 'ERR_INVALID_CHAR') return 'net/http: invalid header field value';
  if (
    code === 'EPROTO' ||
    code.startsWith('ERR_SSL_WRONG_VERSION') ||
    code.startsWith('ERR_SSL_PACKET_LENGTH')
  )
    return 'tls: first record does not look like a TLS handshake';
  // Node has no system call to name when the server just closes: a plain end of file.
  if (code === 'ECONNRESET' && syscall === undefined) return 'EOF';
  // Go names the local address here; it differs at each attempt, and one event per attempt is not wanted.
  if (typeof syscall === 'string') return `${syscall} tcp ${address}: ${syscall}: ${systemErrorWords(code)}`;
  return code.startsWith('ERR_SSL_') ? `remote error: tls: ${tlsWords(code)}` : String(message);
}

/** `ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE` -> `handshake failure`. */
function tlsWords(code: string): string {
  return code
    .replace(/^ERR_SSL_(\w+_ALERT_)?/, '')
    .toLowerCase()
    .replaceAll('_', ' ');
}

const quotedCharsMax = 128;

function malformedWords(code: string, rawPacket: unknown): string {
  const raw = Buffer.isBuffer(rawPacket) ? rawPacket.toString('latin1') : '';
  const line = /^[^\r\n]*/.exec(raw)?.[0] ?? '';
  const [version = '', status = ''] = line.split(' ');
  const quote = (text: string) => JSON.stringify(text.slice(0, quotedCharsMax));
  if (code === 'HPE_INVALID_EOF_STATE') return 'unexpected EOF';
  if (code === 'HPE_INVALID_STATUS') return `malformed HTTP status code ${quote(status)}`;
  if (code === 'HPE_INVALID_VERSION') return `malformed HTTP version ${quote(version)}`;
  if (code === 'HPE_INVALID_HEADER_TOKEN') return 'malformed MIME header';
  return `malformed HTTP response ${quote(line)}`;
}
