/**
 * Messages between actors: at most once, never a decision's only ground. Subjects are `.`-separated words; in a
 * subscription `*` stands for one word and a last `>` for all that follow (NATS's rules).
 */

export interface BusMessage {
  readonly subject: string;
  /** `unknown` until decoded. */
  readonly data: unknown;
  /** Answers a request; does nothing for a message that expects no answer. */
  respond(data: unknown): void;
}

/** How a subscription is read. */
export interface SubscribeOptions {
  /** Of the subscribers with one queue name, one gets each message. */
  readonly queue?: string;
  /** Messages kept for a slow reader; beyond it the oldest are dropped and counted. */
  readonly pendingMax: number;
  readonly signal: AbortSignal;
}

/** How long an answer is waited for. */
export interface RequestOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Messages between actors, at most once each, in the order of one publisher. What carries them may be another process
 * or none. A lost message may delay a decision, never change it.
 */
export interface Bus extends AsyncDisposable {
  /** What comes in from other processes has passed a gateway of the control plane, which has looked at it. */
  readonly isGuarded?: boolean;
  publish(subject: string, data: unknown): void;
  /** Active as soon as it is called, not only when iterated. Ends when the signal aborts. */
  subscribe(subject: string, options: SubscribeOptions): AsyncIterable<BusMessage>;
  /** Rejects at once with `NO_RESPONDERS` when nobody listens, with `DEADLINE_EXCEEDED` when nobody answers. */
  request(subject: string, data: unknown, options: RequestOptions): Promise<BusMessage>;
  /** False when surely nobody listens: a publisher may then save the work of building the message. */
  listening?(subject: string): boolean;
}
