/** The store of an isolated agent: what its node may see and write of the store of a control plane, by request and stream. */

import type { Clock, Random } from '../contract/clock.ts';
import { hasCode, MooringError } from '../contract/error.ts';
import type { Revision, Store, StoreEntry, StoreValue, WatchEvent, WatchOptions } from '../contract/store.ts';
import { onAbort, sleep } from '../engine/abortable.ts';
import { deepFreeze } from '../store/deep-freeze.ts';
import { jsonEqual } from '../store/json-equal.ts';
import type { GatewayLink } from './gateway-link.ts';
import { Fields, isTransient, readAnswer } from './gateway-protocol.ts';
import { watchGateway } from './gateway-watch.ts';

export interface GatewayStoreOptions {
  readonly link: GatewayLink;
  readonly clock: Clock;
  readonly random: Random;
  /** One attempt. 5 s when not given. */
  readonly requestMsMax?: number;
  /** All attempts: so long a gateway may be away. 30 s when not given. */
  readonly patienceMs?: number;
}

const requestMsDefault = 5000;
const patienceMsDefault = 30_000;
const pauseMs = 200;

/** The link stays the caller's. */
export function createGatewayStore(options: GatewayStoreOptions): Store {
  return new GatewayStore(options);
}

class GatewayStore implements Store {
  private readonly options: GatewayStoreOptions;
  private readonly controller = new AbortController();
  /** What this process has written or read is never missed by what it reads next. */
  private seen: Revision = 0;

  constructor(options: GatewayStoreOptions) {
    this.options = options;
  }

  async get(key: string, signal?: AbortSignal): Promise<StoreEntry | undefined> {
    const raw = await this.ask('get', { key }, signal);
    return raw.answer === null ? undefined : readEntry(raw.answer);
  }

  async list(prefix: string, signal?: AbortSignal) {
    const entries: StoreEntry[] = [];
    let first: Revision | undefined;
    for (let after: string | undefined; ; ) {
      const { answer } = await this.ask('list', { prefix, after }, signal);
      const page = new Fields(answer);
      first ??= page.revision('revision');
      const found = page.any('entries');
      if (!Array.isArray(found)) throw new MooringError('INVALID', 'entries: must be a list');
      for (const entry of found) entries.push(readEntry(entry));
      after = page.optionalText('next');
      if (after === undefined) return { entries, revision: first };
    }
  }

  async create(key: string, value: StoreValue, signal?: AbortSignal): Promise<Revision> {
    deepFreeze(value);
    return await this.write('create', { key, value }, signal);
  }

  async update(key: string, value: StoreValue, expected: Revision, signal?: AbortSignal): Promise<Revision> {
    deepFreeze(value);
    return await this.write('update', { key, value, expected }, signal);
  }

  async delete(key: string, expected: Revision | undefined, signal?: AbortSignal): Promise<void> {
    await this.write('delete', { key, expected }, signal);
  }

  watch(prefix: string, options: WatchOptions): AsyncIterable<WatchEvent> {
    this.controller.signal.throwIfAborted();
    const { link, clock, random, patienceMs = patienceMsDefault } = this.options;
    return watchGateway(prefix, options, {
      link,
      clock,
      random,
      patienceMs,
      closed: this.controller.signal,
      ask: async (data, signal) => (await this.ask('watch', data, signal, { patienceMs: 0 })).answer,
    });
  }

  /** Ends all watches; the link goes on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.controller.abort(new MooringError('STORE_CLOSED', 'the store is closed'));
  }

  private async write(
    verb: 'create' | 'update' | 'delete',
    data: { readonly key: string; readonly value?: StoreValue; readonly expected?: Revision | undefined },
    signal: AbortSignal | undefined,
  ): Promise<Revision> {
    const attempts = { unknown: false };
    try {
      const { answer } = await this.ask(verb, data, signal, { attempts });
      return this.note(new Fields(answer).revision('revision'));
    } catch (error) {
      if (attempts.unknown && isRefusal(error)) return await this.resolve(data, error, signal);
      if (!hasCode(error, 'DEADLINE_EXCEEDED')) throw error;
      throw new MooringError('OUTCOME_UNKNOWN', `no answer to a write of ${data.key}`, { cause: error });
    }
  }

  /** An attempt without an answer may be what the next one was refused for: then it is there, as it was wanted. */
  private async resolve(
    { key, value }: { readonly key: string; readonly value?: StoreValue },
    refusal: unknown,
    signal: AbortSignal | undefined,
  ): Promise<Revision> {
    const entry = await this.get(key, signal);
    if (value === undefined && entry === undefined) return this.seen;
    if (value !== undefined && entry !== undefined && jsonEqual(entry.value, value))
      return this.note(entry.revision);
    throw refusal;
  }

  private note(revision: Revision): Revision {
    this.seen = Math.max(this.seen, revision);
    return revision;
  }

  /** Tries again for as long as nobody answers and patience lasts. Every request may be made twice but `watch`. */
  private async ask(
    verb: string,
    data: object,
    signal: AbortSignal | undefined,
    { attempts = { unknown: false }, patienceMs = this.options.patienceMs ?? patienceMsDefault } = {},
  ): Promise<{ readonly answer: unknown }> {
    const { link, clock, requestMsMax = requestMsDefault } = this.options;
    const own = this.controller.signal;
    own.throwIfAborted();
    signal?.throwIfAborted();
    const ending = new AbortController();
    const forgets = [own, signal].map((one) => onAbort(one, () => ending.abort(one?.reason)));
    const endsMs = clock.monotonicMs() + patienceMs;
    try {
      for (;;) {
        try {
          const request = { ...data, atLeast: this.seen };
          const asked = link.request(verb, request, { timeoutMs: requestMsMax, signal: ending.signal });
          return { answer: readAnswer(await asked) };
        } catch (error) {
          if (!isTransient(error) || clock.monotonicMs() >= endsMs) throw error;
          if (hasCode(error, 'DEADLINE_EXCEEDED')) attempts.unknown = true;
          await sleep(clock, pauseMs, ending.signal);
        }
      }
    } finally {
      for (const forget of forgets) forget();
    }
  }
}

function isRefusal(error: unknown): boolean {
  return (['CONFLICT', 'ALREADY_EXISTS', 'NOT_FOUND'] as const).some((code) => hasCode(error, code));
}

function readEntry(raw: unknown): StoreEntry {
  const fields = new Fields(raw);
  const value = deepFreeze(fields.object('value'));
  return { key: fields.text('key'), value, revision: fields.revision('revision') };
}
