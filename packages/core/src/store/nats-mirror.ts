/**
 * Everything that lies in a bucket, kept up to date in memory by one watch of this process, which all lists and watches
 * are served from. Deletions older than 24 h may be forgotten by the servers (`nats-compaction.ts`): a watch that has heard
 * nothing for ten minutes reads everything anew. What is missing then without a deletion was lost, and is not taken for deleted.
 * The watch is begun anew whenever it may have gone blind: after each reconnection (the client itself would take up to 13 s
 * to notice), and, where the bucket has several copies, after two seconds of silence.
 */

import type { JsMsg, Status, StreamInfo } from 'nats';
import type { Clock } from '../contract/clock.ts';
import { MooringError } from '../contract/error.ts';
import type { Logger } from '../contract/logger.ts';
import type { Revision, StoreEntry } from '../contract/store.ts';
import { onAbort, sleep } from '../engine/abortable.ts';
import { followStatus } from '../engine/follow-status.ts';
import { EntryTable } from './entry-table.ts';
import { InformerWaits } from './informer-waits.ts';
import { isDeletion, type NatsBucket } from './nats-bucket.ts';
import { tombstonesMsMin } from './nats-compaction.ts';
import { type BucketPosition, continuityOf, objectsLost, storeLost } from './nats-continuity.ts';
import { decodeWrite, type WriteEnvelope } from './nats-envelope.ts';
import { apiCodes, apiErrorCode, isForbidden, troubleWords } from './nats-errors.ts';
import { type NatsFeed, openNatsFeed } from './nats-feed.ts';
import { keyOfSubject } from './nats-keys.ts';
import { NatsLosses } from './nats-losses.ts';
import type { StoreChange } from './watch-hub.ts';

export interface MirrorOptions {
  readonly bucket: NatsBucket;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** The write of this process that these bytes came from: what is known need not be parsed. */
  ownWrite(key: string, bytes: Uint8Array): WriteEnvelope | undefined;
  /** A state of the key has come, or a deletion, whether it changes anything here or not. */
  onSeen(key: string, revision: Revision): void;
  /** A change, in the order of revisions. */
  onChange(change: StoreChange): void;
  /** The bucket has lost what was seen in it, and nothing follows any more. */
  onLost(why: MooringError): void;
}

/** What the mirror of a bucket has seen since it was opened. */
export interface MirrorStats {
  /** Watches that were begun. */
  readonly watches: number;
  /** Values under our keys that none of us wrote. */
  readonly foreign: number;
  /** Writes over a revision that another acknowledged write had replaced already: the servers lost a write. */
  readonly brokenChains: number;
  /** Differences that a full comparison has found, and mended. */
  readonly divergences: number;
}

const retryMs = 200;
const retryMsMax = 5000;
const beatMs = 500;
const silenceMsMax = 2000;

/** Everything is read and compared again this often. */
const compareMs = 600_000;

export class NatsMirror {
  readonly table = new EntryTable();
  private readonly options: MirrorOptions;
  private readonly waits = new InformerWaits();
  private readonly counts = { watches: 0, foreign: 0, brokenChains: 0, divergences: 0 };
  private current: Revision = 0;
  /** When the stream was made: another one of the same name has nothing to do with what is known. */
  private created: string | undefined;
  private readonly losses: NatsLosses;
  private feed: NatsFeed | undefined;
  private heardMs = 0;
  /** When everything was last read to the end; absent: that has yet to be done. */
  private comparedMs: number | undefined;
  /** When everything was last known, on the wall clock: the monotonic one stands still while a machine sleeps. */
  private completeAtMs = 0;
  private markSynced = () => {};
  private failStart = (_: MooringError) => {};
  private readonly ready: Promise<void>;

  constructor(options: MirrorOptions) {
    this.options = options;
    this.losses = new NatsLosses({ ...options, bucket: options.bucket.name });
    this.ready = new Promise((resolve, reject) => {
      this.markSynced = resolve;
      this.failStart = reject;
    });
    // `start` hands it to its caller; a failure of before that is kept until then.
    this.ready.catch(() => {});
  }

  /** Everything up to this revision is in the table. */
  get revision(): Revision {
    return this.current;
  }

  /** `undefined` before the bucket was seen. */
  get position(): BucketPosition | undefined {
    return this.created === undefined ? undefined : { created: this.created, revision: this.current };
  }

  /** Set while the bucket has less in it than was seen there. What is in the table must not be acted on then. */
  get lost(): MooringError | undefined {
    return this.losses.why;
  }

  stats(): MirrorStats {
    return { ...this.counts };
  }

  /**
   * Resolves when the table holds everything there is; goes on until the signal aborts. Rejects with `TRANSPORT_REFUSED`
   * when the servers do not let this user watch, with `STORE_LOST` when the bucket is made anew meanwhile.
   */
  async start(): Promise<void> {
    const { signal } = this.options;
    const ended = this.run().then(() => Promise.reject(this.lost ?? signal.reason));
    await Promise.race([this.ready, ended]);
  }

  /** Resolves once the table has reached this revision; rejects when the signal aborts before. */
  reached(revision: Revision, signal: AbortSignal): Promise<void> {
    return this.waits.seen(revision, this.current, signal);
  }

  /** An object that a write has found to be missing, without its deletion. Gives back why nothing is served from now on. */
  missing(key: string): MooringError | undefined {
    if (!this.table.get(key)) return undefined;
    const why = this.noteLoss(objectsLost(this.options.bucket.name, [key]));
    this.restart();
    return why;
  }

  private async run(): Promise<void> {
    const { bucket, clock, signal } = this.options;
    const restartIfBack = ({ type }: Status) => type === 'reconnect' && this.restart();
    void followStatus(bucket.connection, restartIfBack, signal);
    const forget = onAbort(signal, () => this.restart());
    let pauseMs = retryMs;
    while (!signal.aborted && !this.losses.isFinal) {
      try {
        await this.follow(() => {
          pauseMs = retryMs;
        });
      } catch (error) {
        if (!signal.aborted) this.tellBroken(error);
        // An abort ends the sleep and the loop.
        await sleep(clock, pauseMs, signal).catch(() => {});
        pauseMs = Math.min(pauseMs * 2, retryMsMax);
      }
    }
    forget();
  }

  private tellBroken(error: unknown): void {
    const { bucket, logger } = this.options;
    const fields = { component: 'nats', key: bucket.name, why: troubleWords(error), err: error };
    if (apiErrorCode(error) === apiCodes.streamNotFound)
      logger.error(
        fields,
        'the bucket is not there: it was removed, or its servers have yet to find it; what is known is kept',
      );
    else logger.warn(fields, 'watch of the store broke');
    if (!isForbidden(error)) return;
    const words = `bucket ${bucket.name} cannot be watched: ${troubleWords(error)}`;
    this.failStart(new MooringError('TRANSPORT_REFUSED', words, { cause: error }));
  }

  /** One watch, until it is ended or breaks. */
  private async follow(onSynced: () => void): Promise<void> {
    const { bucket, clock, signal } = this.options;
    const info = await bucket.info();
    const isWhole = this.mustReadAll(info);
    const unseen = new Set(isWhole ? this.table.list('').map(({ key }) => key) : []);
    const { last_seq: lastSeq, messages } = info.state;
    const isEmpty = messages === 0 || (!isWhole && lastSeq <= this.current);
    const hasCopies = info.config.num_replicas > 1;
    const stopBeats = hasCopies ? this.keepHearing() : () => {};
    let isSynced = false;
    const synced = () => {
      if (isWhole) this.compared(unseen, lastSeq);
      isSynced = true;
      this.completeAtMs = clock.now();
      this.reach(Math.max(lastSeq, this.current));
      onSynced();
      this.markSynced();
    };
    const take = (message: JsMsg) => {
      this.heardMs = clock.monotonicMs();
      unseen.delete(this.apply(message, isWhole && !isSynced) ?? '');
      if (isSynced) {
        this.completeAtMs = clock.now();
        this.reach(message.seq);
      }
      // Of several copies the watch may read one that is behind: that nothing is pending there means nothing.
      else if (message.seq >= lastSeq || (!hasCopies && message.info.pending === 0)) synced();
      if (isSynced && this.isCompareDue(this.heardMs)) this.restart();
    };
    this.heardMs = clock.monotonicMs();
    try {
      const feed = await openNatsFeed(bucket, isWhole ? undefined : this.current, take);
      this.feed = feed;
      if (signal.aborted) this.restart();
      this.counts.watches += 1;
      if (isEmpty && !isSynced) synced();
      await feed.ended;
    } finally {
      stopBeats();
      this.restart();
    }
  }

  /**
   * Whether to read everything. Throws `STORE_LOST` when the bucket is not the continuation of what is known: what was
   * created since is then taken for all there is by nobody, and what is missing for deleted by nobody.
   */
  private mustReadAll(info: StreamInfo): boolean {
    const nowMs = this.options.clock.monotonicMs();
    const { position: known } = this;
    const now = { created: info.created, revision: info.state.last_seq };
    const how = continuityOf(known, now);
    if (how !== 'continues' && known !== undefined) {
      const why = storeLost(this.options.bucket.name, how, { known, now }, 'start this process again');
      throw this.noteLoss(why, how === 'other');
    }
    this.created = info.created;
    return this.isCompareDue(nowMs);
  }

  private isCompareDue(nowMs: number): boolean {
    return this.comparedMs === undefined || nowMs - this.comparedMs > compareMs;
  }

  /** Everything was read. Throws `STORE_LOST` when objects are missing that nobody has deleted. */
  private compared(unseen: ReadonlySet<string>, lastSeq: Revision): void {
    const { bucket, clock } = this.options;
    const gone = [...unseen].filter((key) => this.table.get(key) !== undefined);
    const isForgotten = clock.now() - this.completeAtMs >= tombstonesMsMin;
    if (gone.length > 0 && !isForgotten) throw this.noteLoss(objectsLost(bucket.name, gone));
    for (const key of gone) this.vanished(key, lastSeq);
    this.comparedMs = clock.monotonicMs();
    this.losses.clear();
  }

  /** Everything is read anew, and what is known is not shown meanwhile. */
  private noteLoss(why: MooringError, isFinal = false): MooringError {
    this.comparedMs = undefined;
    return this.losses.note(why, isFinal);
  }

  /** The key that the message is about. */
  private apply(message: JsMsg, isComparison: boolean): string | undefined {
    const { bucket, onChange, onSeen } = this.options;
    const key = keyOfSubject(bucket.name, message.subject);
    if (key === undefined) {
      if (message.subject !== beatSubject(bucket)) this.foreign(message);
      return undefined;
    }
    const known = this.table.get(key);
    const { seq: revision, data } = message;
    if (known !== undefined && revision <= known.revision) return key;
    const own = this.options.ownWrite(key, data);
    const write = own ?? decodeWrite(data);
    onSeen(key, revision);
    const isGone = write === undefined && isDeletion(message);
    if (isComparison && revision <= this.current && (known !== undefined || !isGone))
      this.counts.divergences += 1;
    if (isGone) {
      if (known === undefined) return key;
      this.table.remove(key);
      onChange({ type: 'delete', key, value: known.value, revision });
      return key;
    }
    if (write === undefined) this.foreign(message);
    else this.audit(write, known, revision);
    // A value of somebody else's destroys nothing: the last good one is kept, under a revision that can be overwritten.
    const value = write?.value ?? known?.value;
    if (value === undefined) return key;
    this.table.put({ key, value, revision });
    onChange({ type: 'put', key, value, revision });
    return key;
  }

  private vanished(key: string, revision: Revision): void {
    const known = this.table.get(key);
    if (known === undefined) return;
    this.counts.divergences += 1;
    this.table.remove(key);
    this.options.onChange({ type: 'delete', key, value: known.value, revision });
  }

  /** Two acknowledged writes over the same revision: the compare-and-swap of the servers is broken. */
  private audit({ prev, writeId }: WriteEnvelope, known: StoreEntry | undefined, revision: Revision): void {
    // A greater one only means that states in between were not kept for us.
    if (known === undefined || prev >= known.revision) return;
    this.counts.brokenChains += 1;
    const { logger } = this.options;
    const fields = { component: 'nats', key: known.key, revision, prev, known: known.revision, writeId };
    logger.error(
      fields,
      'a write replaced a state that another write had replaced: the servers lost a write',
    );
  }

  private foreign({ subject, seq }: JsMsg): void {
    this.counts.foreign += 1;
    this.options.logger.warn({ component: 'nats', key: subject, revision: seq }, 'foreign value; ignored');
  }

  private reach(revision: Revision): void {
    if (revision <= this.current) return;
    this.current = revision;
    this.waits.reached(revision);
  }

  /** Ends the watch; the loop begins another one. */
  private restart(): void {
    this.feed?.stop();
    this.feed = undefined;
  }

  /** With several copies a watch may go blind without any error: somebody has to say something from time to time. */
  private keepHearing(): () => void {
    const { bucket, clock } = this.options;
    const beat = () => {
      const silentMs = clock.monotonicMs() - this.heardMs;
      // One that is not open yet is waited for.
      if (silentMs > silenceMsMax && this.feed !== undefined) return this.restart();
      if (silentMs >= beatMs && !bucket.connection.isClosed()) bucket.connection.publish(beatSubject(bucket));
      timer = clock.setTimeout(beat, beatMs);
    };
    let timer = clock.setTimeout(beat, beatMs);
    return () => clock.clearTimeout(timer);
  }
}

/** No key has it. */
function beatSubject({ name }: NatsBucket): string {
  return `$KV.${name}.=beat`;
}
