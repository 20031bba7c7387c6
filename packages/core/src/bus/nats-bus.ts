/**
 * The bus of many processes. Messages between actors of one process are delivered in it, at once and by reference, and
 * never come back over the network; NATS carries what others have to hear. A request for which somebody listens in this
 * process is answered in it.
 */

import { ErrorCode, type Msg, type NatsConnection, type NatsError, type Subscription } from 'nats';
import type { Bus, BusMessage, RequestOptions, SubscribeOptions } from '../contract/bus.ts';
import type { Clock } from '../contract/clock.ts';
import { errorMessage, MooringError } from '../contract/error.ts';
import type { Logger } from '../contract/logger.ts';
import { abortable, onAbort } from '../engine/abortable.ts';
import { AsyncQueue } from '../engine/async-queue.ts';
import { withDeadline } from '../engine/deadline.ts';
import { encodeMessage, messageBytesMax } from './envelope.ts';
import { createInProcessBus, type InProcessBus } from './in-process-bus.ts';
import { connectNats, type NatsOptions } from './nats-connection.ts';

/** What a bus has lost since it was made. */
export interface NatsBusStats {
  /** Messages that slow readers have lost. */
  readonly dropped: number;
  /** Messages from outside that were no JSON, or too large. */
  readonly unreadable: number;
  /** Messages that could not be sent, because they were too large or there was no connection. */
  readonly unsent: number;
  /** Messages that were sent over the network. */
  readonly sent: number;
}

/** The bus over NATS. */
export interface NatsBus extends Bus {
  stats(): NatsBusStats;
  /** Resolves when the server has taken what was sent and subscribed before. */
  flush(): Promise<void>;
}

/** What a bus over NATS is made of. */
export interface NatsBusOptions extends NatsOptions {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Rejects as `connectNats` does. */
export async function createNatsBus(options: NatsBusOptions): Promise<NatsBus> {
  const { clock, logger, ...natsOptions } = options;
  const connectAs = (noEcho: boolean) => connectNats(natsOptions, { noEcho, logger });
  return new RemoteBus(await connectAs(true), () => connectAs(false), clock, logger);
}

/** JSON takes it, and nothing else is lost on the way. A `Buffer`, as the client's own encoder takes four times as long. */
function encode(data: unknown): Buffer {
  return Buffer.from(encodeMessage(data));
}

class RemoteBus implements NatsBus {
  private readonly connection: NatsConnection;
  private readonly connectEchoing: () => Promise<NatsConnection>;
  private readonly clock: Clock;
  private readonly logger: Logger;
  private readonly local: InProcessBus;
  /** Members of queue groups hear their own process through the server too: only it knows whose turn it is. */
  private echoing: Promise<NatsConnection> | undefined;
  private readonly queues = new Set<AsyncQueue<BusMessage>>();
  private readonly counts = { unreadable: 0, unsent: 0, sent: 0 };
  private droppedBefore = 0;
  private isClosed = false;

  constructor(
    connection: NatsConnection,
    connectEchoing: () => Promise<NatsConnection>,
    clock: Clock,
    logger: Logger,
  ) {
    this.connection = connection;
    this.connectEchoing = connectEchoing;
    this.clock = clock;
    this.logger = logger;
    this.local = createInProcessBus({ clock });
  }

  publish(subject: string, data: unknown): void {
    this.local.publish(subject, data);
    this.send(subject, data);
  }

  subscribe(subject: string, options: SubscribeOptions): AsyncIterable<BusMessage> {
    const { queue: group, pendingMax, signal } = options;
    const leaving: (() => void)[] = [];
    const queue: AsyncQueue<BusMessage> = new AsyncQueue({
      pendingMax,
      onEnd: () => {
        for (const leave of leaving) leave();
        this.queues.delete(queue);
        this.droppedBefore += queue.dropped;
      },
    });
    // Checks the subject, and hears what is said in this process.
    const leaveLocal = this.local.feed(subject, queue);
    if (group === undefined) leaving.push(leaveLocal);
    else leaveLocal();
    this.queues.add(queue);
    leaving.push(group === undefined ? this.hear(subject, queue) : this.join(subject, group, queue));
    leaving.push(onAbort(signal, () => queue.stop()));
    return queue;
  }

  async request(subject: string, data: unknown, options: RequestOptions): Promise<BusMessage> {
    this.assertOpen();
    if (this.local.listening(subject)) return await this.local.request(subject, data, options);
    const { timeoutMs, signal } = options;
    signal?.throwIfAborted();
    const ask = async (inner: AbortSignal) => {
      // The deadline is ours, on our clock; that of the client only has to be later.
      const asked = this.connection.request(subject, this.sized(subject, data), {
        timeout: Math.min(timeoutMs + 60_000, timerMsMax),
      });
      this.counts.sent += 1;
      return await abortable(asked, inner);
    };
    try {
      const answer = await withDeadline(this.clock, timeoutMs, signal, `the request on ${subject}`, ask);
      return { subject, data: parse(answer), respond: () => {} };
    } catch (error) {
      throw this.requestError(subject, timeoutMs, error);
    }
  }

  listening(): boolean {
    // Whether somebody elsewhere listens is not known here.
    return true;
  }

  stats(): NatsBusStats {
    let dropped = this.droppedBefore;
    for (const queue of this.queues) dropped += queue.dropped;
    return { ...this.counts, dropped };
  }

  async flush(): Promise<void> {
    await this.connection.flush();
    await (await this.echoing)?.flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isClosed = true;
    for (const queue of [...this.queues]) queue.stop();
    await this.local[Symbol.asyncDispose]();
    // Both may be closed already, by the server or by a test.
    await this.connection.close();
    // A connection that never came about was told to those who wanted it.
    await (await this.echoing?.catch(() => undefined))?.close();
  }

  /** The function given back ends it, as does that of `join`. */
  private hear(subject: string, queue: AsyncQueue<BusMessage>): () => void {
    try {
      const subscription = this.connection.subscribe(subject, { callback: this.taker(subject, queue) });
      return () => subscription.unsubscribe();
    } catch (error) {
      queue.fail(error);
      return () => {};
    }
  }

  private join(subject: string, group: string, queue: AsyncQueue<BusMessage>): () => void {
    const callback = this.taker(subject, queue);
    const joined = this.echo().then((connection) =>
      connection.subscribe(subject, { queue: group, callback }),
    );
    joined.catch((error: unknown) => queue.fail(error));
    // One that never came about was told to the queue.
    return () => void joined.then((subscription: Subscription) => subscription.unsubscribe()).catch(() => {});
  }

  /** One that did not come about is made anew for the next who wants it. */
  private echo(): Promise<NatsConnection> {
    this.echoing ??= this.connectEchoing().catch((error: unknown) => {
      this.echoing = undefined;
      throw error;
    });
    return this.echoing;
  }

  /** The server says once that it does not let us listen, and nothing comes after it. */
  private taker(subject: string, queue: AsyncQueue<BusMessage>): (error: unknown, message: Msg) => void {
    return (error, message) => {
      if (error === null) this.take(queue, message);
      else queue.fail(refused(subject, error));
    };
  }

  private take(queue: AsyncQueue<BusMessage>, message: Msg): void {
    const { subject } = message;
    try {
      const respond = (answer: unknown) => {
        if (message.reply !== undefined && message.reply !== '') message.respond(encode(answer));
      };
      queue.push({ subject, data: parse(message), respond });
    } catch (error) {
      this.counts.unreadable += 1;
      this.logger.warn({ component: 'nats', key: subject, err: error }, 'message cannot be read; dropped');
    }
  }

  private send(subject: string, data: unknown): void {
    try {
      this.connection.publish(subject, this.sized(subject, data));
      this.counts.sent += 1;
    } catch (error) {
      this.counts.unsent += 1;
      this.logger.warn({ component: 'nats', key: subject, err: error }, 'message not sent');
    }
  }

  private sized(subject: string, data: unknown): Buffer {
    const bytes = encode(data);
    const size = bytes.byteLength;
    if (size <= messageBytesMax) return bytes;
    throw new MooringError('INVALID', `message on ${subject} has ${size} bytes: at most ${messageBytesMax}`);
  }

  private requestError(subject: string, timeoutMs: number, error: unknown): unknown {
    if (this.isClosed) return closed();
    const { code } = error as Partial<NatsError>;
    if (code === ErrorCode.NoResponders)
      return new MooringError('NO_RESPONDERS', `nobody listens on ${subject}`, { cause: error });
    if (code === ErrorCode.PermissionsViolation) return refused(subject, error);
    if (code === ErrorCode.Timeout) {
      const words = `no answer on ${subject} within ${timeoutMs} ms`;
      return new MooringError('DEADLINE_EXCEEDED', words, { cause: error });
    }
    if (code !== undefined && code in ErrorCode)
      return new MooringError('TRANSPORT_UNAVAILABLE', errorMessage(error), { cause: error });
    return error;
  }

  private assertOpen(): void {
    if (this.isClosed) throw closed();
  }
}

/** Longer timers fire at once in Node. */
const timerMsMax = 2 ** 31 - 1;

/** Throws for what is no JSON, or larger than any message of ours. */
function parse(message: Msg): unknown {
  if (message.data.byteLength > messageBytesMax)
    throw new MooringError('INVALID', `${message.data.byteLength} bytes: at most ${messageBytesMax}`);
  return JSON.parse(message.string());
}

function refused(subject: string, error: unknown): MooringError {
  return new MooringError('TRANSPORT_REFUSED', `${subject}: ${errorMessage(error)}`, { cause: error });
}

function closed(): MooringError {
  return new MooringError('BUS_CLOSED', 'the bus is closed');
}
