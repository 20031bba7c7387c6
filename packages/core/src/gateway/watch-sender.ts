/**
 * One watch on its way to an agent: frames with numbers, never more than a window of them unconfirmed, and heartbeats. An
 * agent that falls too far behind is told to list again; one that confirms nothing any more is forgotten.
 */

import { toWireError } from '../bus/wire-error.ts';
import type { Clock, TimerHandle } from '../contract/clock.ts';
import type { WatchEvent } from '../contract/store.ts';
import { type Frame, heartbeatsMissedMax, jsonBytes, valueBytesMax, windowMax } from './gateway-protocol.ts';

export interface WatchSenderOptions {
  readonly clock: Clock;
  readonly heartbeatMs: number;
  send(frame: Frame): void;
  /** An object is too large to be sent; the watch goes on without it. */
  onOversized(key: string): void;
}

export class WatchSender {
  private readonly options: WatchSenderOptions;
  private readonly controller = new AbortController();
  private seq = 0;
  private confirmed = 0;
  private missed = 0;
  private hasRoom = () => {};
  private timer: TimerHandle | undefined;

  constructor(options: WatchSenderOptions) {
    this.options = options;
  }

  /** For the watch that is sent: it ends with the sender. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Resolves at the end of the watch, whoever ended it. */
  async run(events: AsyncIterable<WatchEvent>): Promise<void> {
    this.beat();
    try {
      for await (const event of events) {
        while (this.seq - this.confirmed >= windowMax && !this.signal.aborted) await this.room();
        if (this.signal.aborted) return;
        if (isOversized(event)) this.options.onOversized(event.type === 'synced' ? '' : event.key);
        else this.send({ event });
      }
    } catch (error) {
      this.send({ error: toWireError(error) });
    } finally {
      this.stop();
    }
  }

  /** The agent has taken everything up to this frame. */
  confirm(seq: number): void {
    this.missed = 0;
    if (seq <= this.confirmed || seq > this.seq) return;
    this.confirmed = seq;
    this.hasRoom();
  }

  stop(): void {
    this.options.clock.clearTimeout(this.timer);
    this.controller.abort();
    this.hasRoom();
  }

  private send(content: Omit<Frame, 'seq'>): void {
    this.seq += 1;
    this.options.send({ seq: this.seq, ...content });
  }

  private room(): Promise<void> {
    return new Promise((resolve) => {
      this.hasRoom = resolve;
    });
  }

  private beat(): void {
    const { clock, heartbeatMs, send } = this.options;
    this.timer = clock.setTimeout(() => {
      this.missed += 1;
      if (this.missed > heartbeatsMissedMax) {
        this.stop();
        return;
      }
      send({ seq: this.seq });
      this.beat();
    }, heartbeatMs);
  }
}

function isOversized(event: WatchEvent): boolean {
  return event.type !== 'synced' && jsonBytes(event.value) > valueBytesMax;
}
