/** What an agent and the gateway say to each other, as JSON. Both take what they hear for `unknown` until it is decoded. */

import { parseStreamSubject } from '../bus/subjects.ts';
import { fromWireError, type WireError } from '../bus/wire-error.ts';
import { hasCode, MooringError } from '../contract/error.ts';
import type { StoreEntry, WatchEvent } from '../contract/store.ts';

/** Bytes of a request; larger ones are answered with an error before they are parsed. */
export const requestBytesMax = 768 * 1024;
/** Bytes of one object; larger ones cannot pass. */
export const valueBytesMax = 512 * 1024;
/** Bytes of objects in one answer to `list`. */
export const pageBytesMax = 512 * 1024;
/** Frames that may be on their way to an agent that has not confirmed them. */
export const windowMax = 256;
/** An agent confirms at least so often, and whenever it hears a heartbeat. */
export const confirmEvery = 64;
/** A watch over which nothing has come for three heartbeats is broken, on both sides. */
export const heartbeatMsDefault = 5000;
export const heartbeatsMissedMax = 3;

/** The answer to each request. */
export type Answer = { readonly ok: unknown } | { readonly error: WireError };

export interface ListPage {
  readonly entries: readonly StoreEntry[];
  readonly revision: number;
  /** There is more after this key. */
  readonly next?: string;
}

/** One message of a watch. `seq` counts them from 1; a heartbeat repeats the last one. */
export interface Frame {
  readonly seq: number;
  readonly event?: WatchEvent;
  /** The watch has ended: `STORE_EXPIRED` says that the agent has to list again. */
  readonly error?: WireError;
}

/** Nobody has answered: it may be another matter in a moment. */
export function isTransient(error: unknown): boolean {
  return (['NO_RESPONDERS', 'TRANSPORT_UNAVAILABLE', 'DEADLINE_EXCEEDED'] as const).some((code) =>
    hasCode(error, code),
  );
}

/** Bytes of a value as JSON. */
export function jsonBytes(value: object): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** Throws `INVALID` for what is no answer, and what the answer says when it is an error. */
export function readAnswer(raw: unknown): unknown {
  const answer = recordOf(raw);
  if ('error' in answer) throw fromWireError(answer['error']);
  if ('ok' in answer) return answer['ok'];
  throw new MooringError('INVALID', 'the answer of the gateway cannot be read');
}

/** A frame of a stream, either way, and whose stream it is. `undefined` for what is none. */
export function readFrame(cluster: string, raw: unknown) {
  const { subject, data } = recordOf(raw);
  const name = typeof subject === 'string' ? parseStreamSubject(cluster, subject) : undefined;
  return name === undefined ? undefined : { ...name, subject: String(subject), data };
}

/** Fields of a request by the types that they must have. Throws `INVALID` that names the field. */
export class Fields {
  private readonly raw: Readonly<Record<string, unknown>>;

  constructor(raw: unknown) {
    this.raw = recordOf(raw);
  }

  text(name: string): string {
    const value = this.raw[name];
    if (typeof value === 'string' && value.length <= 1024) return value;
    throw new MooringError('INVALID', `${name}: must be a string of at most 1024 characters`);
  }

  optionalText(name: string): string | undefined {
    return this.raw[name] === undefined ? undefined : this.text(name);
  }

  revision(name: string): number {
    const value = this.raw[name];
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
    throw new MooringError('INVALID', `${name}: must be a revision`);
  }

  optionalRevision(name: string): number | undefined {
    return this.raw[name] === undefined ? undefined : this.revision(name);
  }

  object(name: string): object {
    const value = this.raw[name];
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
    throw new MooringError('INVALID', `${name}: must be an object`);
  }

  any(name: string): unknown {
    return this.raw[name];
  }
}

function recordOf(raw: unknown): Readonly<Record<string, unknown>> {
  return typeof raw === 'object' && raw !== null ? (raw as Readonly<Record<string, unknown>>) : {};
}
