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
]);

/** True when the engine gave no answer at all: it is down, or the way to it is. */
export function isConnectionError(error: unknown): boolean {
  if (statusOf(error) !== undefined) return false;
  return connectionCodes.has(fieldsOf(error)['code']) || isDialError(error);
}

/** `RUNTIME_UNAVAILABLE`, with the engine's address and what the system says. */
export function unavailable(address: string, words: string, cause?: unknown): MooringError {
  return new MooringError('RUNTIME_UNAVAILABLE', `no Docker engine answers at ${address}: ${words}`, {
    cause,
  });
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
