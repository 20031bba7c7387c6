/** What went wrong on the network, in the words that Go's `net` package has for it: probe and hook messages carry them. */

import { joinHostPort } from './go-url.ts';

/** The parts of Node's socket errors that are looked at. */
interface SocketError {
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly address?: unknown;
  readonly port?: unknown;
  readonly hostname?: unknown;
  readonly message?: unknown;
  /** The tries of a name with several addresses. */
  readonly errors?: unknown;
}

const systemWords: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'cannot assign requested address',
  ECONNABORTED: 'software caused connection abort',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by peer',
  EHOSTDOWN: 'host is down',
  EHOSTUNREACH: 'no route to host',
  EINVAL: 'invalid argument',
  EMFILE: 'too many open files',
  ENETDOWN: 'network is down',
  ENETUNREACH: 'network is unreachable',
  ENFILE: 'too many open files in system',
  ENOBUFS: 'no buffer space available',
  EPERM: 'operation not permitted',
  EPIPE: 'broken pipe',
  ETIMEDOUT: 'connection timed out',
};

/** `connection refused` for `ECONNREFUSED`; the code itself when there is no word for it. */
export function systemErrorWords(code: string): string {
  return systemWords[code] ?? code;
}

/** True when the error came up before a connection was there. */
export function isDialError(error: unknown): boolean {
  const { code, syscall } = firstTry(error);
  return syscall === 'connect' || syscall === 'getaddrinfo' || code === 'ERR_SOCKET_BAD_PORT';
}

/**
 * `dial tcp 10.0.0.1:8080: connect: connection refused`, `dial tcp: lookup web.local: no such host`.
 * `address` is what was dialled, as `host:port`; the error may know better which of several addresses failed.
 */
export function dialErrorWords(error: unknown, address: string): string {
  const { code, syscall, address: ip, port, hostname, message } = firstTry(error);
  if (code === 'ERR_SOCKET_BAD_PORT')
    return `dial tcp: address ${address.slice(address.lastIndexOf(':') + 1)}: invalid port`;
  if (syscall === 'getaddrinfo') return `dial tcp: lookup ${String(hostname)}: ${lookupWords(String(code))}`;
  if (typeof code !== 'string') return `dial tcp ${address}: ${String(message ?? error)}`;
  const tried = typeof ip === 'string' && typeof port === 'number' ? joinHostPort(ip, port) : address;
  return `dial tcp ${tried}: connect: ${systemErrorWords(code)}`;
}

function firstTry(error: unknown): SocketError {
  if (typeof error !== 'object' || error === null) return { message: String(error) };
  const { errors } = error as SocketError;
  return Array.isArray(errors) && errors.length > 0 ? firstTry(errors[0]) : (error as SocketError);
}

function lookupWords(code: string): string {
  return code === 'EAI_AGAIN' ? 'Temporary failure in name resolution' : 'no such host';
}
