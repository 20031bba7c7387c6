/**
 * A KV bucket of NATS as this project uses it: its stream is made on purpose and never by accident, its options are all
 * set, and what is read is read from the leader. Deletion markers are those of NATS' own KV clients.
 */

import {
  DiscardPolicy,
  Empty,
  headers,
  type JetStreamClient,
  type JetStreamManager,
  type MsgRequest,
  type NatsConnection,
  RetentionPolicy,
  StorageType,
  type StoredMsg,
  type StreamConfig,
  type StreamInfo,
} from 'nats';
import type { Clock } from '../contract/clock.ts';
import { MooringError } from '../contract/error.ts';
import type { Revision } from '../contract/store.ts';
import { sleep } from '../engine/abortable.ts';
import { NatsAcks } from './nats-acks.ts';
import { checkBucketConfig, purgesSafely } from './nats-checks.ts';
import { decodeWrite, type WriteEnvelope } from './nats-envelope.ts';
import { apiCodes, apiErrorCode, isLeaderless, jetStreamUnavailable } from './nats-errors.ts';

/** A bucket of NATS as a store: its name, its copies and its size. */
export interface BucketOptions {
  /** Letters, digits, `-` and `_`. */
  readonly bucket: string;
  /** Copies, each on a server of its own. 1 when not given; 3 needs a cluster of three. */
  readonly replicas?: number;
  /** Of all values and their history. 1 GiB when not given. */
  readonly bytesMax?: number;
}

/** What lies under a key; `revision` is that of the deletion marker where it was deleted. */
export interface BucketEntry {
  readonly revision: Revision;
  readonly isDeleted: boolean;
  /** The id of the write, which deletions have too; absent for what others wrote. */
  readonly writeId: string | undefined;
  /** Absent for deletions, and for values that none of us wrote. */
  readonly write: WriteEnvelope | undefined;
}

/** What the servers take, and the client library has no type for. */
interface NextMsgRequest {
  readonly seq: number;
  readonly next_by_subj: string;
}

/** An answer that takes longer counts as unknown. The client's own default, 5 s, makes every fault last that long. */
const requestMs = 2000;
/** Elections take 4 to 9 s, now and then 24 s. */
const leaderMsMax = 30_000;
const leaderPauseMs = 250;
/** Old states of each key: for watchers that are slow, and for the auditor. */
const historyMax = 8;
const bytesMaxDefault = 1024 ** 3;
/** Larger than any value that is let in, with its envelope. */
export const messageBytesMax = 512 * 1024;
/** The shortest that servers take. */
const duplicateWindowNanos = 100_000_000;

const expectedStreamHeader = 'Nats-Expected-Stream';
const expectedRevisionHeader = 'Nats-Expected-Last-Subject-Sequence';
const operationHeader = 'KV-Operation';
const writeIdHeader = 'Mooring-Write-Id';

export class NatsBucket {
  readonly name: string;
  readonly stream: string;
  readonly connection: NatsConnection;
  readonly jetStream: JetStreamClient;
  readonly manager: JetStreamManager;

  private readonly acks: NatsAcks;

  private constructor(connection: NatsConnection, manager: JetStreamManager, name: string, clock: Clock) {
    this.name = name;
    this.stream = `KV_${name}`;
    this.connection = connection;
    this.manager = manager;
    this.jetStream = connection.jetstream({ timeout: requestMs });
    this.acks = new NatsAcks({ connection, clock, answerMsMax: requestMs });
  }

  /**
   * Rejects with `STORE_MISSING` when there is no such bucket: one that vanished must not come back empty; with
   * `TRANSPORT_REFUSED` when its settings let it lose objects. Servers that are choosing a leader are waited for, up to 30 s;
   * then it rejects with `TRANSPORT_UNAVAILABLE`.
   */
  static async open(connection: NatsConnection, name: string, clock: Clock): Promise<NatsBucket> {
    const bucket = new NatsBucket(connection, await managerOf(connection, clock), name, clock);
    let info: StreamInfo;
    try {
      info = await patiently(clock, () => bucket.info());
    } catch (error) {
      if (apiErrorCode(error) !== apiCodes.streamNotFound) throw jetStreamUnavailable(error);
      const words = `there is no bucket ${name} on ${connection.getServer()}: make it once with installNatsStore, nats({ install: true }) or moor controllers --install, or restore it from a backup`;
      throw new MooringError('STORE_MISSING', words, { cause: error });
    }
    checkBucketConfig(name, info.config);
    return bucket;
  }

  /** Makes the bucket; one that is there already stays as it is. Safe to run again. */
  static async install(
    connection: NatsConnection,
    options: BucketOptions,
    clock: Clock,
  ): Promise<NatsBucket> {
    const manager = await managerOf(connection, clock);
    const { bucket: name } = options;
    try {
      await patiently(clock, () => manager.streams.add(streamConfig(options)));
    } catch (error) {
      if (apiErrorCode(error) !== apiCodes.streamNameInUse) throw jetStreamUnavailable(error);
    }
    return await NatsBucket.open(connection, name, clock);
  }

  /** From the leader. */
  async info(): Promise<StreamInfo> {
    return await this.manager.streams.info(this.stream);
  }

  /** The newest state of a key, from the leader; `undefined` when it was never there. */
  async read(subject: string): Promise<BucketEntry | undefined> {
    return await this.readBy({ last_by_subj: subject });
  }

  /** The first state of a key after this revision that is still kept, from the leader. */
  async readAfter(subject: string, revision: Revision): Promise<BucketEntry | undefined> {
    return await this.readBy({ seq: revision + 1, next_by_subj: subject });
  }

  private async readBy(query: MsgRequest | NextMsgRequest): Promise<BucketEntry | undefined> {
    try {
      const message = await this.manager.streams.getMessage(this.stream, query as MsgRequest);
      return message === null ? undefined : entryOf(message);
    } catch (error) {
      // A bucket that is not there is no answer: nobody has deleted what was in it.
      if (apiErrorCode(error) === apiCodes.noMessage) return undefined;
      throw error;
    }
  }

  /** Takes away what lay under the key before this revision, with servers that can. Resolves with the number of states. */
  async forgetBefore(subject: string, revision: Revision): Promise<number> {
    // The servers take 1 for no limit, and the last state would go as well.
    if (revision <= 1 || !purgesSafely(this.connection.info?.version ?? '')) return 0;
    return (await this.manager.streams.purge(this.stream, { filter: subject, seq: revision })).purged;
  }

  /** Writes when the key is still at `expected`; 0: when it was never there. Without a `payload` the key is deleted. */
  publish(
    subject: string,
    write: {
      readonly expected: Revision;
      readonly writeId: string;
      readonly payload: Uint8Array | undefined;
    },
  ): Promise<Revision> {
    const { expected, writeId, payload = Empty } = write;
    const marks = headers();
    marks.append(expectedStreamHeader, this.stream);
    marks.append(expectedRevisionHeader, String(expected));
    marks.append(writeIdHeader, writeId);
    if (write.payload === undefined) marks.append(operationHeader, 'DEL');
    return this.acks.publish(subject, payload, marks);
  }
}

export function isDeletion(message: {
  readonly headers?: { get(name: string): string } | undefined;
}): boolean {
  const operation = message.headers?.get(operationHeader) ?? '';
  return operation === 'DEL' || operation === 'PURGE';
}

function entryOf(message: StoredMsg): BucketEntry {
  const isDeleted = isDeletion({ headers: message.header });
  const write = isDeleted ? undefined : decodeWrite(message.data);
  const writeId = write?.writeId ?? message.header?.get(writeIdHeader);
  return { revision: message.seq, isDeleted, write, writeId: writeId === '' ? undefined : writeId };
}

function streamConfig({
  bucket,
  replicas = 1,
  bytesMax = bytesMaxDefault,
}: BucketOptions): Partial<StreamConfig> {
  return {
    name: `KV_${bucket}`,
    subjects: [`$KV.${bucket}.>`],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    num_replicas: replicas,
    max_msgs_per_subject: historyMax,
    max_bytes: bytesMax,
    max_msg_size: messageBytesMax,
    // No single message of the past may be taken out, and no write may wipe the bucket by a header.
    deny_delete: true,
    allow_rollup_hdrs: false,
    allow_direct: false,
    duplicate_window: duplicateWindowNanos,
  };
}

async function managerOf(connection: NatsConnection, clock: Clock): Promise<JetStreamManager> {
  try {
    return await patiently(clock, () => connection.jetstreamManager({ timeout: requestMs }));
  } catch (error) {
    throw jetStreamUnavailable(error);
  }
}

/** Tries again for as long as servers without a leader may be expected to get one. The act has to bear to be done twice. */
async function patiently<T>(clock: Clock, act: () => Promise<T>): Promise<T> {
  const deadlineMs = clock.monotonicMs() + leaderMsMax;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!isLeaderless(error) || clock.monotonicMs() >= deadlineMs) throw error;
      await sleep(clock, leaderPauseMs);
    }
  }
}
