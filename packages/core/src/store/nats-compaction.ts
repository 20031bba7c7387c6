/**
 * Forgets what was deleted long ago: the marker of a deletion stays under its key until somebody takes it away. Each is taken
 * with everything before it and nothing after it, so that a key which is made anew meanwhile keeps its value.
 */

import { AckPolicy, consumerOpts, DeliverPolicy, type StreamInfo } from 'nats';
import type { Clock } from '../contract/clock.ts';
import type { Logger } from '../contract/logger.ts';
import type { Revision } from '../contract/store.ts';
import { sleep } from '../engine/abortable.ts';
import { isDeletion, type NatsBucket } from './nats-bucket.ts';
import { checkPurge } from './nats-checks.ts';

/** Watchers are never so far behind: they read everything anew long before. */
export const tombstonesMsMin = 24 * 3_600_000;
const periodMs = 3_600_000;
/** In one pass; the rest waits for the next one. */
const purgesMax = 10_000;

interface Tombstone {
  readonly subject: string;
  readonly revision: Revision;
  /** Milliseconds of the server's clock. */
  readonly atMs: number;
}

export interface CompactionOptions {
  readonly bucket: NatsBucket;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Every hour until the signal aborts. Does not reject. */
export async function keepCompact({ bucket, clock, logger, signal }: CompactionOptions): Promise<void> {
  while (!signal.aborted) {
    // An abort ends the sleep and the loop.
    await sleep(clock, periodMs, signal).catch(() => {});
    if (signal.aborted) return;
    try {
      const purged = await compact(bucket, tombstonesMsMin, signal);
      if (purged > 0) logger.info({ component: 'nats', key: bucket.name, purged }, 'old deletions forgotten');
    } catch (err) {
      if (!signal.aborted)
        logger.warn(
          { component: 'nats', key: bucket.name, err },
          'old deletions not forgotten, trying again',
        );
    }
  }
}

/** Forgets deletions that are this much older than the newest write, by the servers' clocks. Resolves with their number. */
export async function compact(bucket: NatsBucket, olderThanMs: number, signal: AbortSignal): Promise<number> {
  const info = await bucket.info();
  const { tombstones, newestMs } = await findTombstones(bucket, info, signal);
  const old = tombstones.filter(({ atMs }) => newestMs - atMs >= olderThanMs).slice(0, purgesMax);
  if (old.length > 0) checkPurge(bucket.connection.info?.version ?? '', info);
  for (const { subject, revision } of old) {
    signal.throwIfAborted();
    await forget(bucket, subject, revision);
  }
  return old.length;
}

/** Takes away what lies under the subject up to this revision. */
export async function forget(bucket: NatsBucket, subject: string, revision: Revision): Promise<void> {
  await bucket.manager.streams.purge(bucket.stream, { filter: subject, seq: revision + 1 });
}

async function findTombstones(bucket: NatsBucket, { state }: StreamInfo, signal: AbortSignal) {
  const tombstones: Tombstone[] = [];
  let newestMs = 0;
  const { last_seq: lastSeq, messages } = state;
  if (messages === 0) return { tombstones, newestMs };
  const options = consumerOpts({
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.LastPerSubject,
    headers_only: true,
  });
  options.bindStream(bucket.stream);
  options.orderedConsumer();
  const subscription = await bucket.jetStream.subscribe(`$KV.${bucket.name}.>`, options);
  const end = () => subscription.unsubscribe();
  signal.addEventListener('abort', end, { once: true });
  try {
    for await (const message of subscription) {
      const atMs = message.info.timestampNanos / 1_000_000;
      newestMs = Math.max(newestMs, atMs);
      if (isDeletion(message)) tombstones.push({ subject: message.subject, revision: message.seq, atMs });
      if (message.info.pending === 0 || message.seq >= lastSeq) break;
    }
  } finally {
    signal.removeEventListener('abort', end);
    end();
  }
  signal.throwIfAborted();
  return { tombstones, newestMs };
}
