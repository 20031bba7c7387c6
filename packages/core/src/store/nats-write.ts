/**
 * One conditional write whose outcome is found out, whatever becomes of its answer. A write that timed out may have been
 * applied, or may be applied later; so every attempt carries the same id and expects the same revision, of which at most
 * one can come true, and the leader is asked what is there before anything is concluded.
 */

import type { Clock, Random } from '../contract/clock.ts';
import { errorMessage, MooringError } from '../contract/error.ts';
import type { Revision } from '../contract/store.ts';
import type { BucketEntry, NatsBucket } from './nats-bucket.ts';
import { isFinal, isFull, isTooLarge, isWrongSequence, troubleWords } from './nats-errors.ts';

export interface ConditionalWrite {
  readonly subject: string;
  /** The revision that is to be replaced; 0: the key must not be there. */
  readonly expected: Revision;
  readonly writeId: string;
  /** The payload for a write that replaces this revision; `undefined`: the key is deleted. */
  payload(prev: Revision): Uint8Array | undefined;
}

export type WriteOutcome =
  | { readonly kind: 'written'; readonly revision: Revision }
  /** Another write was there first; absent when the key is not there. */
  | {
      readonly kind: 'refused';
      readonly current: BucketEntry | undefined;
      /** Of `current`, or of the deletion that took it away. */
      readonly seen: Revision;
    };

interface WritePorts {
  readonly bucket: NatsBucket;
  readonly clock: Clock;
  readonly random: Random;
  /** Called when the bucket is full. */
  onFull(): void;
  /** Waits between attempts; rejects when nobody wants the outcome any more. */
  pause(ms: number): Promise<void>;
}

/** After this time the outcome stays unknown: long enough for a fail-over of three servers. */
export const givesUpAfterMs = 30_000;
const pauseMsMin = 100;
const pauseMsMax = 2000;

/**
 * Rejects with `OUTCOME_UNKNOWN` when it could not be found out in time, or when the key was written so often meanwhile that
 * nobody knows any more who replaced the expected revision; with `STORE_FULL` or `VALUE_TOO_LARGE`, and then
 * nothing was written.
 */
export async function writeConditionally(ports: WritePorts, write: ConditionalWrite): Promise<WriteOutcome> {
  const { bucket, clock, random } = ports;
  const deadlineMs = clock.monotonicMs() + givesUpAfterMs;
  let { expected } = write;
  let pauseMs = pauseMsMin;
  let isUnsure = false;
  let hasMadeRoom = false;
  for (;;) {
    let problem: unknown;
    try {
      const { subject, writeId } = write;
      const revision = await bucket.publish(subject, { expected, writeId, payload: write.payload(expected) });
      return { kind: 'written', revision };
    } catch (error) {
      const isCramped: boolean = isFull(error) && !hasMadeRoom;
      hasMadeRoom ||= isCramped && (await madeRoom(ports, write.subject, expected));
      if (isCramped && hasMadeRoom) continue;
      if (isFinal(error)) throw refusal(error);
      problem = error;
    }
    const isRefused = isWrongSequence(problem);
    if (!isRefused) {
      isUnsure = true;
      await pause();
    }
    const current = await look(() => bucket.read(write.subject));
    if (current !== 'unknown') {
      if (current?.writeId === write.writeId) return { kind: 'written', revision: current.revision };
      const next = nextExpected(write, current);
      if (next === undefined) {
        // An attempt without an answer may have come true and been replaced since.
        const since = expected;
        const first = isUnsure ? await look(() => bucket.readAfter(write.subject, since)) : current;
        if (first !== 'unknown') {
          if (first?.writeId === write.writeId) return { kind: 'written', revision: first.revision };
          if (isUnsure && isForgotten(first, since)) throw forgotten(problem);
          return { kind: 'refused', current: present(current), seen: current?.revision ?? 0 };
        }
      }
      // Refused although nothing has changed: loaded servers do that, and the leader was just asked.
      if (isRefused && (next ?? expected) === expected) await pause();
      expected = next ?? expected;
    }
    if (clock.monotonicMs() >= deadlineMs) throw unknown(problem);
  }

  async function pause(): Promise<void> {
    await ports.pause(pauseMs * (0.5 + random.next()));
    pauseMs = Math.min(pauseMs * 2, pauseMsMax);
  }

  async function look(
    read: () => Promise<BucketEntry | undefined>,
  ): Promise<BucketEntry | undefined | 'unknown'> {
    try {
      return await read();
    } catch {
      // The leader does not answer either; the next attempt finds out.
      return 'unknown';
    }
  }
}

/** Old states of the key go, so that leases are renewed and objects deleted in a bucket that is full. */
async function madeRoom(
  { bucket, onFull }: WritePorts,
  subject: string,
  expected: Revision,
): Promise<boolean> {
  onFull();
  try {
    return (await bucket.forgetBefore(subject, expected)) > 0;
  } catch {
    // It stays full, which is what the caller is told.
    return false;
  }
}

/** Whether the write that replaced this revision is no longer kept; `first` is the first one after it that is. */
function isForgotten(first: BucketEntry | undefined, expected: Revision): boolean {
  return expected > 0 && first?.write !== undefined && first.write.prev > expected;
}

/** What an attempt may still expect; `undefined`: the condition of the write does not hold. */
function nextExpected(
  { expected }: ConditionalWrite,
  current: BucketEntry | undefined,
): Revision | undefined {
  const revision = current?.revision ?? 0;
  if (revision === expected) return expected;
  // The marker of a deletion is as good as nothing.
  return expected === 0 && current?.isDeleted ? revision : undefined;
}

function present(current: BucketEntry | undefined): BucketEntry | undefined {
  return current?.isDeleted ? undefined : current;
}

function refusal(error: unknown): MooringError {
  if (isTooLarge(error)) return new MooringError('VALUE_TOO_LARGE', errorMessage(error), { cause: error });
  if (isFull(error)) {
    const words = `the bucket is full: ${errorMessage(error)}: delete objects, or give it more with \`nats stream edit KV_<cluster> --max-bytes\``;
    return new MooringError('STORE_FULL', words, { cause: error });
  }
  return new MooringError('TRANSPORT_REFUSED', errorMessage(error), { cause: error });
}

function forgotten(error: unknown): MooringError {
  const words = `no answer to a write, and the key was written too often since: ${troubleWords(error)}`;
  return new MooringError('OUTCOME_UNKNOWN', words, { cause: error });
}

function unknown(error: unknown): MooringError {
  const words = `no answer to a write within ${givesUpAfterMs / 1000} s: ${troubleWords(error)}`;
  return new MooringError('OUTCOME_UNKNOWN', words, { cause: error });
}
