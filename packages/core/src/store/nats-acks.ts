/**
 * Publishing to JetStream with many acknowledgements on their way. The client's own requests each make an error with its
 * stack trace and a timer, whether they fail or not, which is half the time that a write takes here.
 */

import {
  type ApiError,
  type ConnectionOptions,
  createInbox,
  ErrorCode,
  type Msg,
  type MsgHdrs,
  type NatsConnection,
  NatsError,
  type Status,
  type Subscription,
} from 'nats';
import type { Clock, TimerHandle } from '../contract/clock.ts';
import type { Revision } from '../contract/store.ts';
import { followStatus } from '../engine/follow-status.ts';
import { apiErrorOf } from './nats-errors.ts';

interface Waiting {
  readonly subject: string;
  readonly untilMs: number;
  resolve(revision: Revision): void;
  reject(error: unknown): void;
}

export interface NatsAcksOptions {
  readonly connection: NatsConnection;
  readonly clock: Clock;
  /** For each answer, in milliseconds. */
  readonly answerMsMax: number;
}

/** Belongs to its connection, and ends with it. */
export class NatsAcks {
  private readonly options: NatsAcksOptions;
  private readonly inbox: string;
  /** In the order in which they were published, which is that of their deadlines. */
  private readonly waiting = new Map<string, Waiting>();
  private subscription: Subscription | undefined;
  private timer: TimerHandle | undefined;
  private hearing: Promise<void> | undefined;
  private count = 0;

  constructor(options: NatsAcksOptions) {
    this.options = options;
    // Permissions may ask for a prefix, and the connection knows it, though its type does not say so.
    const { options: given } = options.connection as { readonly options?: ConnectionOptions };
    this.inbox = `${createInbox(given?.inboxPrefix)}.`;
  }

  /**
   * Resolves with the sequence of the message. Rejects as the client does: with an `api_error` when JetStream refuses, with
   * the code `503` when nobody takes it, `TIMEOUT`, `PERMISSIONS_VIOLATION` when the server does not, `CONNECTION_CLOSED`,
   * or `SUB_CLOSED` when it does not let us hear answers.
   */
  publish(subject: string, payload: Uint8Array, headers: MsgHdrs): Promise<Revision> {
    return new Promise((resolve, reject) => {
      const { connection, clock, answerMsMax } = this.options;
      this.listen();
      this.count += 1;
      const token = String(this.count);
      connection.publish(subject, payload, { reply: this.inbox + token, headers });
      this.waiting.set(token, { subject, untilMs: clock.monotonicMs() + answerMsMax, resolve, reject });
      this.timer ??= clock.setTimeout(() => this.expire(), answerMsMax);
    });
  }

  private listen(): void {
    if (this.subscription !== undefined) return;
    const { connection, clock } = this.options;
    const subscription = connection.subscribe(`${this.inbox}*`, {
      callback: (error, message) => {
        if (error === null) this.take(message);
        // What was published is published: only its answers are not heard.
        else this.refuse(ErrorCode.SubClosed, () => true);
      },
    });
    this.subscription = subscription;
    void subscription.closed.then(() => {
      this.subscription = undefined;
      clock.clearTimeout(this.timer);
      this.timer = undefined;
      this.refuse(ErrorCode.ConnectionClosed, () => true);
    });
    this.hearing ??= followStatus(connection, (status) => this.hearRefusal(status));
  }

  private take(message: Msg): void {
    const token = message.subject.slice(this.inbox.length);
    const waiting = this.waiting.get(token);
    if (waiting === undefined) return;
    this.waiting.delete(token);
    try {
      waiting.resolve(revisionOf(message));
    } catch (error) {
      waiting.reject(error);
    }
  }

  private expire(): void {
    this.timer = undefined;
    const { clock } = this.options;
    const nowMs = clock.monotonicMs();
    this.refuse(ErrorCode.Timeout, ({ untilMs }) => untilMs <= nowMs);
    const [next] = this.waiting.values();
    if (next !== undefined) this.timer = clock.setTimeout(() => this.expire(), next.untilMs - nowMs);
  }

  /** Rejects those that it concerns. */
  private refuse(code: string, concerns: (waiting: Waiting) => boolean): void {
    for (const [token, waiting] of this.waiting) {
      if (!concerns(waiting)) continue;
      this.waiting.delete(token);
      waiting.reject(NatsError.errorForCode(code));
    }
  }

  /** That the server does not take something is said about the connection, and not as an answer. */
  private hearRefusal({ permissionContext }: Status): void {
    if (permissionContext?.operation === 'publish')
      this.refuse(ErrorCode.PermissionsViolation, ({ subject }) => subject === permissionContext.subject);
  }
}

/** Throws what JetStream answers instead. */
function revisionOf({ data, headers }: Msg): Revision {
  if (data.byteLength === 0 && headers?.code === 503) throw NatsError.errorForCode(ErrorCode.NoResponders);
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8');
  const answer = JSON.parse(text) as { readonly seq?: unknown; readonly error?: Partial<ApiError> };
  if (answer.error !== undefined) throw apiErrorOf(answer.error);
  if (typeof answer.seq !== 'number') throw NatsError.errorForCode(ErrorCode.JetStreamInvalidAck);
  return answer.seq;
}
