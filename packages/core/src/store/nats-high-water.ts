/** The high-water mark of a bucket, compared with what is there before anything is done with it. */

import type { Clock } from '../contract/clock.ts';
import type { Logger } from '../contract/logger.ts';
import { sleep } from '../engine/abortable.ts';
import { readHighWater } from './high-water.ts';
import type { NatsBucket } from './nats-bucket.ts';
import { type BucketPosition, continuityOf, storeEmptied, storeLost } from './nats-continuity.ts';

/** A leader that was deposed without knowing it shows an old state for a moment. */
const looksMax = 10;
const pauseMs = 500;

/** Rejects with `STORE_LOST`, naming the file of the mark, when the bucket has less in it than was seen there. */
export async function checkHighWater(
  bucket: NatsBucket,
  path: string,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<void> {
  const known = await readHighWater(path, bucket.name, logger);
  if (!isPosition(known)) return;
  for (let looks = 1; ; looks += 1) {
    const { created, state } = await bucket.info();
    const now = { created, revision: state.last_seq };
    const how = continuityOf(known, now);
    const isEmptied = known.revision > 0 && state.messages === 0;
    if (how === 'continues' && !isEmptied) return;
    const fix = `remove ${path} and start again`;
    if (how === 'continues') {
      if (looks === looksMax) throw storeEmptied(bucket.name, fix);
    } else if (how === 'other' || looks === looksMax) throw storeLost(bucket.name, how, { known, now }, fix);
    await sleep(clock, pauseMs);
  }
}

function isPosition(value: unknown): value is BucketPosition {
  if (typeof value !== 'object' || value === null) return false;
  const { created, revision } = value as Readonly<Record<string, unknown>>;
  return typeof created === 'string' && Number.isSafeInteger(revision);
}
