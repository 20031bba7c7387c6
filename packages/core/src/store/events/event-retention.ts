/** Takes old events out of a store: each lives for a while after it was last seen, and all of them have a bound. */

import { formatTime } from '../../api/meta.ts';
import type { Clock, TimerHandle } from '../../contract/clock.ts';
import { hasCode } from '../../contract/error.ts';
import { type Logger, silentLogger } from '../../contract/logger.ts';
import type { Store, StoreEntry } from '../../contract/store.ts';
import { nextTurn } from '../../engine/next-turn.ts';
import { kindPrefix } from '../keys.ts';

export interface EventRetentionOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** One hour when not given, as in Kubernetes. */
  readonly ttlMs?: number;
  /** The oldest beyond this many are taken out. 50,000 when not given. */
  readonly totalMax?: number;
  /** One minute when not given. */
  readonly sweepMs?: number;
  readonly logger?: Logger;
}

/** Sweeps until it is disposed. One for each store is enough. */
export function keepEventsBounded(options: EventRetentionOptions): AsyncDisposable {
  const { clock, sweepMs = 60_000, logger = silentLogger } = options;
  const controller = new AbortController();
  let timer: TimerHandle | undefined;
  let running: Promise<void> = Promise.resolve();
  const arm = () => {
    timer = clock.setTimeout(() => {
      running = sweepEvents(options, controller.signal)
        .then(() => {})
        .catch((error: unknown) => {
          if (!controller.signal.aborted) logger.warn({ err: error }, 'sweep of old events failed');
        })
        .then(() => {
          if (!controller.signal.aborted) arm();
        });
    }, sweepMs);
  };
  arm();
  return {
    async [Symbol.asyncDispose]() {
      controller.abort();
      clock.clearTimeout(timer);
      await running;
    },
  };
}

/** One sweep; resolves with the number of events that were taken out. */
export async function sweepEvents(options: EventRetentionOptions, signal: AbortSignal): Promise<number> {
  const { store, clock, ttlMs = 3_600_000, totalMax = 50_000 } = options;
  const { entries } = await store.list(kindPrefix('Event'), signal);
  // Times of the API are text that sorts by time.
  const before = formatTime(clock.now() - ttlMs);
  const expired = entries.filter((entry) => lastSeen(entry) < before);
  const excess = entries.length - expired.length - totalMax;
  if (excess > 0) expired.push(...oldest(entries, expired.length + excess).slice(expired.length));
  let removed = 0;
  for (const [i, entry] of expired.entries()) {
    // A store in memory answers at once: tens of thousands of events would keep every timer waiting.
    if (i % removedAtOnce === removedAtOnce - 1) await nextTurn(clock);
    removed += (await removeUnchanged(store, entry, signal)) ? 1 : 0;
  }
  return removed;
}

const removedAtOnce = 32;

function lastSeen(entry: StoreEntry): string {
  const { lastTimestamp } = entry.value as { readonly lastTimestamp?: unknown };
  return typeof lastTimestamp === 'string' ? lastTimestamp : '';
}

/** Those that were seen longest ago, in that order. Times of events have whole seconds, so there are few of them. */
function oldest(entries: readonly StoreEntry[], count: number): readonly StoreEntry[] {
  const byTime = new Map<string, StoreEntry[]>();
  for (const entry of entries) {
    const time = lastSeen(entry);
    const known = byTime.get(time);
    if (known === undefined) byTime.set(time, [entry]);
    else known.push(entry);
  }
  return [...byTime.keys()]
    .sort()
    .flatMap((time) => byTime.get(time) ?? [])
    .slice(0, count);
}

/** False when the event was seen again meanwhile, or is gone. */
async function removeUnchanged(store: Store, entry: StoreEntry, signal: AbortSignal): Promise<boolean> {
  try {
    await store.delete(entry.key, entry.revision, signal);
    return true;
  } catch (error) {
    if (hasCode(error, 'CONFLICT') || hasCode(error, 'NOT_FOUND')) return false;
    throw error;
  }
}
