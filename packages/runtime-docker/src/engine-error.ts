/** Errors of the engine, in its own words. */

import { isDialError, MooringError } from '@mooring/core';

/** The HTTP status of an answer of the engine; `undefined` when there was no answer. */
export function statusOf(error: unknown): number | undefined {
  const status = fieldsOf(error)['statusCode'];
  return typeof status === 'number' ? status : undefined;
}

/** What the engine said, without what its client wraps around it. */
export function engineWords(error: unknown): string {
  const said = fieldsOf(fieldsOf(error)['json'])['message'];
  if (typeof said === 'string' && said !== '') return said;
  const words = error instanceof Error ? error.message : String(error);
  return words.replace(/^\(HTTP code \d+\) [^-]*- /, '').trim();
}

/** Another container has the name. Podman says so in words only. */
export function isNameTaken(error: unknown): boolean {
  return statusOf(error) === 409 || /name "[^"]*" is already in use/.test(engineWords(error));
}

/** A container that runs is removed by force only. Podman says so in words only. */
export function isRunningRefusal(error: unknown): boolean {
  return statusOf(error) === 409 || /running or paused containers cannot be removed/.test(engineWords(error));
}

const connectionCodes: ReadonlySet<unknown> = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'EACCES', 'ENOTSOCK'],
  ...['ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ERR_STREAM_PREMATURE_CLOSE'],
  // No TLS there, or nobody who can be trusted.
  ...['EPROTO', 'CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN'],
  ...['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'ERR_TLS_CERT_ALTNAME_INVALID'],
]);

/** True when the engine gave no answer at all: it is down, or the way to it is. */
export function isConnectionError(error: unknown): boolean {
  if (statusOf(error) !== undefined) return false;
  return connectionCodes.has(fieldsOf(error)['code']) || isDialError(error);
}

/** `RUNTIME_UNAVAILABLE`, with the engine's address, what the system says, and what may help. */
export function unavailable(address: string, words: string, cause?: unknown): MooringError {
  const advice = Object.entries(remedies).find(([code]) => code === fieldsOf(cause)['code'])?.[1];
  const said = `no Docker engine answers at ${address}: ${words}`;
  return new MooringError('RUNTIME_UNAVAILABLE', advice === undefined ? said : `${said}; ${advice}`, {
    cause,
  });
}

const remedies: Readonly<Record<string, string>> = {
  EACCES: 'this user may not use the socket: be root, or in the group of the socket, mostly docker',
  ENOENT: 'start Docker, or name its socket by DOCKER_HOST or the option host',
  ECONNREFUSED: 'start Docker, or name where it listens by DOCKER_HOST or the option host',
};

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
