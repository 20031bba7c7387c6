import { type ConsumerOpts, type ConsumerOptsBuilder, type JsMsg, NatsError } from 'nats';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/contract/logger.ts';
import { onAbort } from '../../src/engine/abortable.ts';
import { AsyncQueue } from '../../src/engine/async-queue.ts';
import type { NatsBucket } from '../../src/store/nats-bucket.ts';
import { encodeWrite } from '../../src/store/nats-envelope.ts';
import { NatsMirror } from '../../src/store/nats-mirror.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

/** A bucket whose watches say what the test has them say. */
class ScriptedBucket {
  readonly name = 'b';
  readonly stream = 'KV_b';
  readonly connection = {
    status: () => new AsyncQueue({ pendingMax: 1 }),
    closed: () => new Promise<void>(() => {}),
    publish() {},
    isClosed: () => false,
  };
  readonly jetStream = { subscribe: (_: string, options: ConsumerOptsBuilder) => this.subscribe(options) };
  /** Where each watch was to begin. */
  readonly begun: string[] = [];
  private readonly info_: { created: string; readonly config: object; readonly state: object };
  private hear: (error: NatsError | null, message: JsMsg | null) => void = () => {};

  constructor(bucket: { readonly replicas: number; readonly lastSeq: number }) {
    const state = { last_seq: bucket.lastSeq, messages: bucket.lastSeq };
    this.info_ = { created: 'then', config: { num_replicas: bucket.replicas }, state };
  }

  async info() {
    return this.info_;
  }

  makeAnew(): void {
    this.info_.created = 'now';
  }

  sayGone(key: string, seq: number): void {
    const headers = { get: () => 'DEL' };
    const message = { subject: `$KV.b.${key}`, seq, headers, data: new Uint8Array(), info: { pending: 0 } };
    this.hear(null, message as unknown as JsMsg);
  }

  say(key: string, seq: number, pending: number): void {
    const data = encodeWrite({ writeId: `${seq}`, prev: 0 }, JSON.stringify({ seq }));
    this.hear(null, { subject: `$KV.b.${key}`, seq, data, info: { pending } } as unknown as JsMsg);
  }

  breakWatch(): void {
    this.hear(new NatsError('the server is gone', 'GONE'), null);
  }

  private async subscribe(options: ConsumerOptsBuilder) {
    const built = options as unknown as { getOpts(): ConsumerOpts };
    const { config, callbackFn } = built.getOpts();
    const { deliver_policy, opt_start_seq } = config;
    this.begun.push(`${deliver_policy}${opt_start_seq === undefined ? '' : ` ${opt_start_seq}`}`);
    const closing = new AbortController();
    const closed = new Promise<void>((resolve) => onAbort(closing.signal, resolve));
    this.hear = (error, message) => {
      if (!closing.signal.aborted) callbackFn?.(error, message);
    };
    return { closed, unsubscribe: () => closing.abort() };
  }
}

function mirrorOf(bucket: ScriptedBucket, signal: AbortSignal) {
  const clock = new TestClock();
  const seen = { isWhole: false, failure: undefined as unknown, keys: [] as string[] };
  const mirror = new NatsMirror({
    bucket: bucket as unknown as NatsBucket,
    clock,
    logger: silentLogger,
    signal,
    ownWrite: () => undefined,
    onSeen: (key, revision) => seen.keys.push(`${key} ${revision}`),
    onChange: () => {},
    onLost: () => {},
  });
  mirror.start().then(
    () => {
      seen.isWhole = true;
    },
    (error: unknown) => {
      seen.failure = error;
    },
  );
  return { mirror, clock, seen };
}

describe('the mirror of a bucket', () => {
  it.each([
    { copies: 'one copy', replicas: 1, isWhole: true },
    { copies: 'several copies, of which it may read one that is behind', replicas: 3, isWhole: false },
  ])('that has nothing pending with $copies is whole: $isWhole', async ({ replicas, isWhole }) => {
    const ending = new AbortController();
    const bucket = new ScriptedBucket({ replicas, lastSeq: 9 });
    const { mirror, clock, seen } = mirrorOf(bucket, ending.signal);
    await clock.advanceBy(0);
    bucket.say('a.b', 3, 0);
    await clock.advanceBy(0);
    expect(seen.isWhole).toBe(isWhole);
    bucket.say('a.c', 9, 0);
    await clock.advanceBy(0);
    expect(seen.isWhole).toBe(true);
    expect(mirror.revision).toBe(9);
    expect(mirror.table.list('').map(({ key }) => key)).toEqual(['a/b', 'a/c']);
    ending.abort();
  });

  it('begins from the beginning until it has come to the end once, and goes on from there afterwards', async () => {
    const ending = new AbortController();
    const bucket = new ScriptedBucket({ replicas: 3, lastSeq: 9 });
    const { clock, seen } = mirrorOf(bucket, ending.signal);
    await clock.advanceBy(0);
    bucket.say('a.b', 3, 1);
    await clock.advanceBy(0);
    bucket.breakWatch();
    await clock.advanceBy(300);
    expect(bucket.begun).toEqual(['last_per_subject', 'last_per_subject']);
    bucket.say('a.c', 9, 0);
    await clock.advanceBy(0);
    expect(seen.isWhole).toBe(true);
    bucket.breakWatch();
    await clock.advanceBy(300);
    expect(bucket.begun.at(-1)).toBe('by_start_sequence 10');
    ending.abort();
  });

  it('says why it does not begin when the bucket is made anew meanwhile', async () => {
    const bucket = new ScriptedBucket({ replicas: 1, lastSeq: 9 });
    const { clock, seen } = mirrorOf(bucket, new AbortController().signal);
    await clock.advanceBy(0);
    bucket.say('a.b', 3, 1);
    bucket.makeAnew();
    bucket.breakWatch();
    await clock.advanceBy(1000);
    expect(seen.failure).toMatchObject({ code: 'STORE_LOST' });
  });

  it('tells of deletions of what it has never seen, for whoever has written it', async () => {
    const ending = new AbortController();
    const bucket = new ScriptedBucket({ replicas: 1, lastSeq: 9 });
    const { clock, seen } = mirrorOf(bucket, ending.signal);
    await clock.advanceBy(0);
    bucket.sayGone('a.b', 9);
    expect(seen.keys).toEqual(['a/b 9']);
    ending.abort();
  });
});
