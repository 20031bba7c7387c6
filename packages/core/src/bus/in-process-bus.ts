/**
 * The bus of one process: messages are put into the queues of their readers while `publish` runs, by reference. A
 * message is not copied, so nobody may change it after publishing; a reader sees what a remote one would see only if
 * the data is plain JSON.
 */

import type { Bus, BusMessage, RequestOptions, SubscribeOptions } from '../contract/bus.ts';
import type { Clock } from '../contract/clock.ts';
import { MooringError } from '../contract/error.ts';
import { onAbort } from '../engine/abortable.ts';
import { AsyncQueue } from '../engine/async-queue.ts';
import { SubjectTrie } from './subject-trie.ts';

/** The bus of one process, with what gateways need of it. */
export interface InProcessBus extends Bus {
  listening(subject: string): boolean;
  /** Like `subscribe`, but into a queue of the caller's, who keeps it. The function given back ends that. */
  feed(subject: string, queue: AsyncQueue<BusMessage>): () => void;
  /** `dropped` counts the messages that slow readers have lost, over the life of the bus. */
  stats(): { readonly subscriptions: number; readonly pendingRequests: number; readonly dropped: number };
}

/**
 * The bus of one process: messages are delivered at once and never leave it. What clusters use without a transport.
 */
export function createInProcessBus(options: { readonly clock: Clock }): InProcessBus {
  return new LocalBus(options.clock);
}

interface Subscription {
  readonly queueName: string | undefined;
  readonly queue: AsyncQueue<BusMessage>;
}

const noAnswer = () => {};

class LocalBus implements InProcessBus {
  private readonly clock: Clock;
  private readonly trie = new SubjectTrie<Subscription>();
  private readonly live = new Set<Subscription>();
  private readonly requests = new Set<(error: MooringError) => void>();
  /** Whose turn it is in each queue group. */
  private readonly turns = new Map<string, number>();
  private droppedBefore = 0;
  private isClosed = false;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  listening(subject: string): boolean {
    return this.trie.match(subject) !== undefined;
  }

  publish(subject: string, data: unknown): void {
    this.assertOpen();
    const readers = this.trie.match(subject);
    if (readers !== undefined) this.deliver(readers, { subject, data, respond: noAnswer });
  }

  subscribe(subject: string, options: SubscribeOptions): AsyncIterable<BusMessage> {
    this.assertOpen();
    assertPattern(subject);
    let subscription: Subscription | undefined;
    const queue = new AsyncQueue<BusMessage>({
      pendingMax: options.pendingMax,
      signal: options.signal,
      onEnd: () => {
        if (subscription !== undefined) this.unsubscribe(subject, subscription);
      },
    });
    if (options.signal.aborted) return queue;
    subscription = { queueName: options.queue, queue };
    this.trie.add(subject, subscription);
    this.live.add(subscription);
    return queue;
  }

  feed(subject: string, queue: AsyncQueue<BusMessage>): () => void {
    this.assertOpen();
    assertPattern(subject);
    const subscription = { queueName: undefined, queue };
    this.trie.add(subject, subscription);
    return () => this.trie.remove(subject, subscription);
  }

  request(subject: string, data: unknown, options: RequestOptions): Promise<BusMessage> {
    return new Promise((resolve, reject) => {
      this.assertOpen();
      options.signal?.throwIfAborted();
      const readers = this.trie.match(subject);
      if (readers === undefined) throw new MooringError('NO_RESPONDERS', `nobody listens on ${subject}`);
      const settle = (finish: () => void) => {
        this.requests.delete(fail);
        this.clock.clearTimeout(timer);
        forget();
        finish();
      };
      const fail = (error: unknown) => settle(() => reject(error));
      const timer = this.clock.setTimeout(() => {
        const message = `no answer on ${subject} within ${options.timeoutMs} ms`;
        fail(new MooringError('DEADLINE_EXCEEDED', message));
      }, options.timeoutMs);
      const forget = onAbort(options.signal, () => fail(options.signal?.reason));
      this.requests.add(fail);
      const respond = (answer: unknown) =>
        settle(() => resolve({ subject, data: answer, respond: noAnswer }));
      this.deliver(readers, { subject, data, respond });
    });
  }

  stats() {
    let dropped = this.droppedBefore;
    for (const { queue } of this.live) dropped += queue.dropped;
    return { subscriptions: this.live.size, pendingRequests: this.requests.size, dropped };
  }

  /** Ends every subscription; requests without an answer reject with `BUS_CLOSED`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.isClosed = true;
    for (const { queue } of [...this.live]) queue.stop();
    for (const fail of [...this.requests]) fail(closed());
  }

  private deliver(readers: readonly Subscription[], message: BusMessage): void {
    let groups: Map<string, Subscription[]> | undefined;
    for (const reader of readers) {
      if (reader.queueName === undefined) {
        reader.queue.push(message);
        continue;
      }
      groups ??= new Map();
      const members = groups.get(reader.queueName);
      if (members === undefined) groups.set(reader.queueName, [reader]);
      else members.push(reader);
    }
    if (groups === undefined) return;
    for (const [name, members] of groups) {
      const turn = this.turns.get(name) ?? 0;
      this.turns.set(name, turn + 1);
      members[turn % members.length]?.queue.push(message);
    }
  }

  private unsubscribe(subject: string, subscription: Subscription): void {
    this.trie.remove(subject, subscription);
    this.live.delete(subscription);
    this.droppedBefore += subscription.queue.dropped;
    const { queueName } = subscription;
    if (queueName === undefined) return;
    for (const other of this.live) if (other.queueName === queueName) return;
    this.turns.delete(queueName);
  }

  private assertOpen(): void {
    if (this.isClosed) throw closed();
  }
}

function closed(): MooringError {
  return new MooringError('BUS_CLOSED', 'the bus is closed');
}

/** Words without dots and blanks; `*` alone, `>` alone and last. */
const patternPattern = /^(?:(?:\*|[^\s.*>]+)\.)*(?:\*|>|[^\s.*>]+)$/;

function assertPattern(subject: string): void {
  if (patternPattern.test(subject)) return;
  throw new MooringError('INVALID', `invalid subject to subscribe to: ${JSON.stringify(subject)}`);
}
