/**
 * Exponential back-off bookkeeping (client-go `util/flowcontrol/backoff.go`): pure steps over one entry, and a book of
 * entries by key. Times are parameters, so the caller decides whose clock counts.
 */

import type { Random } from '../contract/clock.ts';

export interface BackOffEntry {
  readonly delayMs: number;
  /** When the delay was last stepped up. */
  readonly updatedAtMs: number;
}

export interface BackOffSettings {
  /** Not capped by `maxMs`; only doubling is. */
  readonly initialMs: number;
  readonly maxMs: number;
  /** Whether an entry that was left alone for `quietMs` is forgotten; by default after more than twice `maxMs`. */
  readonly hasExpired?: (quietMs: number) => boolean;
  /** Adds up to this share of the delay at each step. */
  readonly jitter?: { readonly factorMax: number; readonly random: Random };
}

/** The entry after an event at `eventMs`: the initial delay for a new or expired entry, else twice the last one. */
export function stepUp(
  entry: BackOffEntry | undefined,
  eventMs: number,
  nowMs: number,
  settings: BackOffSettings,
): BackOffEntry {
  const live = liveEntry(entry, eventMs, settings);
  const baseMs = live === undefined ? settings.initialMs : live.delayMs * 2;
  const delayMs = baseMs + jitterMs(live?.delayMs ?? settings.initialMs, settings);
  return {
    delayMs: live === undefined ? delayMs : Math.min(delayMs, settings.maxMs),
    updatedAtMs: nowMs,
  };
}

/** How long to wait at `nowMs` when the delay counts from the event; 0 when the wait is over or was never due. */
export function remainingMs(
  entry: BackOffEntry | undefined,
  eventMs: number,
  nowMs: number,
  settings: BackOffSettings,
): number {
  const live = liveEntry(entry, eventMs, settings);
  return live === undefined ? 0 : Math.max(0, eventMs + live.delayMs - nowMs);
}

/** The entry, unless so much time went by between its last step and `atMs` that it is forgotten. */
function liveEntry(
  entry: BackOffEntry | undefined,
  atMs: number,
  settings: BackOffSettings,
): BackOffEntry | undefined {
  if (entry === undefined) return undefined;
  const quietMs = atMs - entry.updatedAtMs;
  const expired = settings.hasExpired?.(quietMs) ?? quietMs > 2 * settings.maxMs;
  return expired ? undefined : entry;
}

/** In (0, share]: a jittered delay is never the plain one, so that what failed together does not retry together. */
function jitterMs(delayMs: number, { jitter }: BackOffSettings): number {
  return jitter === undefined ? 0 : (1 - jitter.random.next()) * jitter.factorMax * delayMs;
}

/** Entries by key. It grows by one entry for each key stepped up; call `gc` now and then. */
export class BackOff {
  private readonly entries = new Map<string, BackOffEntry>();
  private readonly settings: BackOffSettings;

  constructor(settings: BackOffSettings) {
    this.settings = settings;
  }

  get size(): number {
    return this.entries.size;
  }

  has(key: string): boolean {
    return this.entries.has(key);
  }

  /** The current delay in milliseconds; 0 for an unknown key. */
  get(key: string): number {
    return this.entries.get(key)?.delayMs ?? 0;
  }

  next(key: string, eventMs: number, nowMs: number): void {
    this.entries.set(key, stepUp(this.entries.get(key), eventMs, nowMs, this.settings));
  }

  /** Is less time gone since the event than the current delay? */
  inBackOffSince(key: string, eventMs: number, nowMs: number): boolean {
    return this.remainingMs(key, eventMs, nowMs) > 0;
  }

  /** Did the event come within the current delay of the last step? */
  inBackOffSinceUpdate(key: string, eventMs: number): boolean {
    const live = liveEntry(this.entries.get(key), eventMs, this.settings);
    return live !== undefined && eventMs - live.updatedAtMs < live.delayMs;
  }

  /** How long until `inBackOffSince` is false. */
  remainingMs(key: string, eventMs: number, nowMs: number): number {
    return remainingMs(this.entries.get(key), eventMs, nowMs, this.settings);
  }

  reset(key: string): void {
    this.entries.delete(key);
  }

  /** Drops the entries that have expired. */
  gc(nowMs: number): void {
    for (const [key, entry] of this.entries) {
      if (liveEntry(entry, nowMs, this.settings) === undefined) this.entries.delete(key);
    }
  }
}
