/**
 * One end of a stream between a client and the agent of a node. It sends no more than the other end has room for, puts
 * frames that came out of order in order, and notices when one is lost or the other end has gone. Nothing is sent twice: a
 * stream that has lost a frame breaks, and says so.
 */

import { formatFieldError } from '../api/field-error.ts';
import type { Clock, TimerHandle } from '../contract/clock.ts';
import { MooringError } from '../contract/error.ts';
import type { TerminalSize } from '../contract/process-streams.ts';
import { Fifo } from '../engine/fifo.ts';
import { FrameOrder } from './frame-order.ts';
import { StreamCredit } from './stream-credit.ts';
import {
  type Channel,
  chunkBytesMax,
  decodeFrame,
  encodeFrame,
  type SequencedFrame,
  type StreamFrame,
  type StreamOutcome,
  weightOf,
  windowBytes,
} from './stream-frame.ts';
import { fromWireError, toWireError } from './wire-error.ts';

export type StreamEvent =
  | { readonly type: 'data'; readonly channel: Channel; readonly bytes: Uint8Array }
  | { readonly type: 'eof'; readonly channel: Channel }
  | { readonly type: 'end'; readonly outcome: StreamOutcome };

export interface StreamEndOptions {
  readonly clock: Clock;
  /** Who is at the other end, for people: `the agent of node node-a`. */
  readonly peer: string;
  /** Puts a frame on its way. */
  publish(frame: object): void;
  /** Asks the other end by another way whether it is there, when it has been silent. Rejects when it surely is not. */
  isThere?(signal: AbortSignal): Promise<void>;
  /** Called once: no frames are taken any more. */
  onClosed(): void;
}

/** Each end says so often that it is there. */
export const beatMs = 3000;
/** An end over which nothing has come for so long counts as gone. */
export const silenceMsMax = 15_000;
/** Silence after which the other end is asked for. */
const doubtMs = 2 * beatMs;
/** The reader says what it has taken when it has taken so much. */
const creditEvery = windowBytes / 4;

interface Reader {
  resolve(result: IteratorResult<StreamEvent, undefined>): void;
  reject(error: unknown): void;
}

const done: IteratorReturnResult<undefined> = { done: true, value: undefined };

export class StreamEnd implements AsyncIterable<StreamEvent> {
  /** Called with each size of the terminal. */
  onResize: (size: TerminalSize) => void = () => {};
  private readonly options: StreamEndOptions;
  private readonly controller = new AbortController();
  private readonly order = new FrameOrder();
  private readonly credit = new StreamCredit();
  private readonly inbox = new Fifo<SequencedFrame>();
  private reader: Reader | undefined;
  /** What the reader was given last, and deals with. */
  private inHand: SequencedFrame | undefined;
  private creditTold = 0;
  private seq = 0;
  private heardAtMs: number;
  /** Up to where all had come when a sign of life told of more. */
  private gapAt: number | undefined;
  private timer: TimerHandle | undefined;
  private isAsking = false;
  private isClosed = false;

  constructor(options: StreamEndOptions) {
    this.options = options;
    this.heardAtMs = options.clock.monotonicMs();
    this.arm();
  }

  /** Aborts with the reason when the stream breaks or the other end lets go; not when it ends as it should. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Resolves when all of it is on its way, or nobody takes it any more. Rejects with the reason of a break. */
  async send(channel: Channel, bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.byteLength && !this.isClosed; at += chunkBytesMax) {
      const data = bytes.subarray(at, at + chunkBytesMax);
      const room = this.credit.spend(weightOf({ seq: 0, data, channel }));
      if (room !== undefined) await room;
      if (!this.isClosed) this.publish({ seq: this.nextSeq(), data, channel });
    }
    this.signal.throwIfAborted();
  }

  /** The channel has come to its end. */
  closeChannel(channel: Channel): void {
    if (!this.isClosed) this.publish({ seq: this.nextSeq(), eof: channel });
  }

  resize(size: TerminalSize): void {
    if (!this.isClosed) this.publish({ resize: size });
  }

  /** The last that is said: the stream has ended here. */
  end(outcome: StreamOutcome): void {
    if (this.isClosed) return;
    this.publish({ seq: this.nextSeq(), end: outcome });
    this.close();
    this.endReader();
  }

  /** Lets go of the stream; the other end is told why. */
  abort(error: unknown): void {
    if (this.isClosed) return;
    this.publish({ abort: toWireError(error) });
    this.fail(error);
  }

  /** Takes what has come for this end, whatever it is. */
  receive(raw: unknown): void {
    if (this.isClosed) return;
    const decoded = decodeFrame(raw);
    if (!decoded.ok) {
      const why = decoded.errors.map(formatFieldError).join(', ');
      this.abort(broken(`${this.options.peer} says what cannot be read: ${why}`));
      return;
    }
    this.heardAtMs = this.options.clock.monotonicMs();
    const frame = decoded.value;
    if ('seq' in frame) this.takeSequenced(frame);
    else if ('resize' in frame) this.onResize(frame.resize);
    else if ('abort' in frame) this.fail(fromWireError(frame.abort));
    else {
      this.credit.grant(frame.credit);
      if ('beat' in frame) this.lookForGap(frame.beat);
    }
  }

  /** One reader at a time; leaving its loop leaves the stream open. */
  [Symbol.asyncIterator](): AsyncIterator<StreamEvent, undefined> {
    return { next: () => this.next() };
  }

  private next(): Promise<IteratorResult<StreamEvent, undefined>> {
    this.giveBack();
    const frame = this.inbox.shift();
    if (frame !== undefined) return Promise.resolve({ done: false, value: this.handOver(frame) });
    if (this.signal.aborted) return Promise.reject(this.signal.reason);
    if (this.isClosed) return Promise.resolve(done);
    return new Promise((resolve, reject) => {
      this.reader = { resolve, reject };
    });
  }

  private handOver(frame: SequencedFrame): StreamEvent {
    this.inHand = frame;
    if ('data' in frame) return { type: 'data', channel: frame.channel, bytes: frame.data };
    if ('eof' in frame) return { type: 'eof', channel: frame.eof };
    return { type: 'end', outcome: frame.end };
  }

  /** What the reader had in hand has been dealt with: there is room again. */
  private giveBack(): void {
    if (this.inHand === undefined) return;
    this.order.take(this.inHand);
    this.inHand = undefined;
    const taken = this.order.takenWeight;
    if (this.isClosed || taken - this.creditTold < creditEvery) return;
    this.creditTold = taken;
    this.publish({ credit: taken });
  }

  private takeSequenced(frame: SequencedFrame): void {
    const ready = this.order.add(frame);
    if (ready === undefined) {
      this.abort(broken(`${this.options.peer} sends more than there is room for`));
      return;
    }
    for (const one of ready) {
      this.inbox.push(one);
      // Nothing comes after it, and nobody is there any more to be told anything.
      if ('end' in one) this.close();
    }
    const { reader } = this;
    const first = reader === undefined ? undefined : this.inbox.shift();
    if (reader === undefined || first === undefined) return;
    this.reader = undefined;
    reader.resolve({ done: false, value: this.handOver(first) });
  }

  /** Twice in a row the other end has said more than came: on its way it does not take so long. */
  private lookForGap(said: number): void {
    const { complete } = this.order;
    if (said <= complete) this.gapAt = undefined;
    else if (this.gapAt === complete) this.abort(broken(`messages of ${this.options.peer} were lost`));
    else this.gapAt = complete;
  }

  private arm(): void {
    this.timer = this.options.clock.setTimeout(() => this.beat(), beatMs);
  }

  private beat(): void {
    const { clock, peer } = this.options;
    const silentMs = clock.monotonicMs() - this.heardAtMs;
    if (silentMs >= silenceMsMax) {
      this.abort(broken(`${peer} has not been heard of for ${Math.round(silentMs / 1000)} s`));
      return;
    }
    this.creditTold = this.order.takenWeight;
    this.publish({ beat: this.seq, credit: this.creditTold });
    if (silentMs >= doubtMs) void this.askFor();
    if (!this.isClosed) this.arm();
  }

  private async askFor(): Promise<void> {
    if (this.isAsking) return;
    this.isAsking = true;
    try {
      await this.options.isThere?.(this.signal);
    } catch (error) {
      this.fail(error);
    } finally {
      this.isAsking = false;
    }
  }

  private nextSeq(): number {
    this.seq += 1;
    return this.seq;
  }

  private publish(frame: StreamFrame): void {
    try {
      this.options.publish(encodeFrame(frame));
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    if (this.isClosed) return;
    this.controller.abort(error);
    this.credit.fail(error);
    this.inbox.clear();
    this.close();
    this.reader?.reject(error);
    this.reader = undefined;
  }

  private close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.options.clock.clearTimeout(this.timer);
    this.credit.open();
    this.options.onClosed();
  }

  private endReader(): void {
    this.reader?.resolve(done);
    this.reader = undefined;
  }
}

function broken(message: string): MooringError {
  return new MooringError('STREAM_BROKEN', message);
}
