/** What has to be true of the servers before objects are entrusted to them. */

import {
  DiscardPolicy,
  type JetStreamManager,
  type NatsConnection,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from 'nats';
import type { Random } from '../contract/clock.ts';
import { MooringError } from '../contract/error.ts';
import type { Logger } from '../contract/logger.ts';
import { isWrongSequence, jetStreamUnavailable } from './nats-errors.ts';

/**
 * With servers before this one each copy decides for itself whether a conditional write is stored. One that was away, and
 * whose key was written more often meanwhile than states are kept of it, refuses all later writes of the key, calls itself
 * current, and takes what it lacks away from everybody once it leads. Seen with 2.10.27, not with 2.15.1; in the code of
 * 2.14 the leader alone decides. Older ones do worse: 2.9 acknowledges two updates of one revision, and before 2.10.23
 * whole buckets are lost when all servers end soon after it was made.
 */
const replicatedSince: Version = [2, 14, 0];

/** A quarter of a second apart: a new stream of several copies may have no leader yet, and then nobody takes the write. */
const leaderTriesMax = 120;

/** 2.9.10 has lost the first message of a bucket that is full when old states of another key were purged. */
const purgesSafelySince: Version = [2, 10, 0];

/** Older ones were never tried. */
const supportedSince: Version = [2, 9, 0];

type Version = readonly [major: number, minor: number, patch: number];

export interface VersionGateOptions {
  readonly replicas: number;
  /** Lets a server pass that is known to lose writes. For experiments. */
  readonly acceptUnsafeServers?: boolean;
}

/** Throws `TRANSPORT_REFUSED` when the server is too old for what is asked of it. */
export function checkServerVersion(
  version: string,
  { replicas, acceptUnsafeServers = false }: VersionGateOptions,
): void {
  const parsed = parseVersion(version);
  if (parsed === undefined || isBefore(parsed, supportedSince)) {
    const words = `nats-server ${version} is not supported: ${supportedSince.join('.')} or later is needed`;
    throw new MooringError('TRANSPORT_REFUSED', words);
  }
  if (replicas === 1 || acceptUnsafeServers || !isBefore(parsed, replicatedSince)) return;
  const words = `nats-server ${version} loses acknowledged writes of buckets with ${replicas} copies: ${replicatedSince.join('.')} or later is needed, or a single copy`;
  throw new MooringError('TRANSPORT_REFUSED', words);
}

/** Whether old states of one key may be purged while others are written. */
export function purgesSafely(version: string): boolean {
  const parsed = parseVersion(version);
  return parsed !== undefined && !isBefore(parsed, purgesSafelySince);
}

/** Of `max_bytes`; what is written meanwhile does not fill the rest. */
const fullShareMin = 0.8;

/** Throws `TRANSPORT_REFUSED` where nothing may be purged from a bucket, as other objects could be lost with it. */
export function checkPurge(
  version: string,
  {
    config,
    state,
  }: { readonly config: { readonly max_bytes: number }; readonly state: { readonly bytes: number } },
): void {
  const isFilling = config.max_bytes > 0 && state.bytes >= config.max_bytes * fullShareMin;
  if (!isFilling || purgesSafely(version)) return;
  const words = `nats-server ${version} may lose objects when anything is purged from a bucket that is nearly full: give it more max_bytes, or take ${purgesSafelySince.join('.')} or later`;
  throw new MooringError('TRANSPORT_REFUSED', words);
}

function parseVersion(version: string): Version | undefined {
  const [, major, minor, patch] = /^(\d+)\.(\d+)\.(\d+)/.exec(version) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor), Number(patch)];
}

function isBefore(version: Version, other: Version): boolean {
  for (const [i, part] of version.entries()) if (part !== other[i]) return part < (other[i] ?? 0);
  return false;
}

/** Says so in the log where the servers take no message that is as large as ours may be. */
export function warnOfSmallMessages(
  connection: Pick<NatsConnection, 'info'>,
  bytesMax: number,
  logger: Logger,
): void {
  const { max_payload: payloadMax = bytesMax } = connection.info ?? {};
  if (payloadMax >= bytesMax) return;
  const fields = { component: 'nats', payloadMax, wanted: bytesMax };
  logger.warn(fields, 'the servers take smaller messages than objects may need: set max_payload to 1MB');
}

/**
 * Throws `TRANSPORT_REFUSED` for a bucket that somebody else has made, or changed, so that it loses objects of its own accord
 * or takes none.
 */
export function checkBucketConfig(bucket: string, config: StreamConfig): void {
  const wrong = Object.entries(bucketRules(bucket)).flatMap(([why, isWrong]) =>
    isWrong(config) ? [why] : [],
  );
  if (wrong.length === 0) return;
  const words = `bucket ${bucket} cannot keep objects: ${wrong.join('; ')}: change it (nats stream edit KV_${bucket}), or make it with installNatsStore or moor controllers --install`;
  throw new MooringError('TRANSPORT_REFUSED', words);
}

function bucketRules(bucket: string): Readonly<Record<string, (config: StreamConfig) => boolean>> {
  const subject = `$KV.${bucket}.>`;
  return {
    'what is older than its max_age vanishes': ({ max_age }) => max_age > 0,
    'the oldest objects vanish when it is full (discard must be new)': ({ discard, max_bytes, max_msgs }) =>
      discard !== DiscardPolicy.New && (max_bytes > 0 || max_msgs > 0),
    'what is read vanishes (retention must be limits)': ({ retention }) =>
      retention !== RetentionPolicy.Limits,
    'it acknowledges nothing (no_ack)': ({ no_ack }) => no_ack === true,
    'it is sealed': ({ sealed }) => sealed === true,
    [`it does not take ${subject}`]: ({ subjects }) => !(subjects ?? []).includes(subject),
  };
}

/** What became of writes that raced each other. */
export interface SelfTestResult {
  readonly acknowledged: number;
  /** Writes that were acknowledged over a revision which another acknowledged write had replaced. */
  readonly lost: number;
}

/**
 * Tries the compare-and-swap of the servers on a stream of its own, which it takes away again: several connections add to
 * one counter, and each expected revision must be acknowledged at most once. Rejects with `TRANSPORT_REFUSED` when not.
 * A broken cluster shows itself within a second. Rejects with `TRANSPORT_UNAVAILABLE` where there is no JetStream to be had.
 */
export async function testCompareAndSwap(
  connections: readonly NatsConnection[],
  { replicas, random, increments = 400 }: { replicas: number; random: Random; increments?: number },
): Promise<SelfTestResult> {
  const [first] = connections;
  if (first === undefined) throw new MooringError('INVALID', 'the self-test needs at least one connection');
  const name = `mooring-self-test-${random.uuid()}`;
  const subject = `mooring.self-test.${random.uuid()}`;
  const manager = await addStream(first, { name, subjects: [subject], num_replicas: replicas });
  try {
    const used: number[] = [];
    const newest = async () => (await manager.streams.info(name)).state.last_seq;
    const writers = connections.map((connection) => addUp(connection, { subject, used, increments, newest }));
    await Promise.all(writers);
    const lost = used.length - new Set(used).size;
    if (lost === 0) return { acknowledged: used.length, lost };
    const words = `the servers lost ${lost} of ${used.length} acknowledged writes in the self-test of ${replicas} copies: do not keep objects there`;
    throw new MooringError('TRANSPORT_REFUSED', words);
  } finally {
    await manager.streams.delete(name);
  }
}

async function addStream(
  connection: NatsConnection,
  own: Pick<StreamConfig, 'name' | 'subjects' | 'num_replicas'>,
): Promise<JetStreamManager> {
  try {
    const manager = await connection.jetstreamManager();
    await manager.streams.add({
      ...own,
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      discard: DiscardPolicy.New,
      max_msgs_per_subject: 1,
    });
    return manager;
  } catch (error) {
    throw jetStreamUnavailable(error);
  }
}

interface Sum {
  readonly subject: string;
  /** The sequences over which something was written. */
  readonly used: number[];
  readonly increments: number;
  /** The sequence that is there. */
  newest(): Promise<number>;
}

/** Each writer goes on until all together have been acknowledged often enough. */
async function addUp(connection: NatsConnection, { subject, used, increments, newest }: Sum): Promise<void> {
  const stream = connection.jetstream();
  let expected = 0;
  while (used.length < increments) {
    try {
      // The client knows `retries`, its types do not.
      const options = { expect: { lastSubjectSequence: expected }, retries: leaderTriesMax };
      const { seq } = await stream.publish(subject, String(expected), options);
      used.push(expected);
      expected = seq;
    } catch (error) {
      if (!isWrongSequence(error)) throw error;
      // The message may name the sequence that is there: `wrong last sequence: 17`.
      const named = /(\d+)$/.exec(String((error as Error).message))?.[1];
      expected = named === undefined ? await newest() : Number(named);
    }
  }
}
