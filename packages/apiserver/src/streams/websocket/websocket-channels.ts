/** Messages of a WebSocket whose first byte says which channel they belong to. */

import { type Clock, MooringError } from '@mooring/core';
import type { RawData, WebSocket } from 'ws';
import { FlowQueue } from '../flow-queue.ts';

export interface ChannelMessage {
  readonly channel: number;
  readonly bytes: Buffer;
}

/** Kept for the reader; then the client waits. */
const inputBytesMax = 256 * 1024;
/** Kept for the client; then whoever writes waits. */
const outputBytesMax = 256 * 1024;
/** A client that has gone without a word shows when it is written to. */
const pingMs = 10_000;

export class WebSocketChannels {
  private readonly socket: WebSocket;
  private readonly clock: Clock;
  private readonly isBase64: boolean;
  private readonly controller = new AbortController();
  private readonly queue = new FlowQueue<ChannelMessage>(inputBytesMax, ({ bytes }) => bytes.length + 64);
  private timer: ReturnType<Clock['setTimeout']> | undefined;

  /** With `isBase64` messages are text: a digit for the channel, and base64. */
  constructor(socket: WebSocket, clock: Clock, isBase64: boolean) {
    this.socket = socket;
    this.clock = clock;
    this.isBase64 = isBase64;
    socket.on('message', (data: RawData) => this.take(data));
    socket.on('close', () => this.over());
    // A `close` follows.
    socket.on('error', () => {});
    this.armPing();
  }

  /** Aborts when the connection is over. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get input(): AsyncIterable<ChannelMessage> {
    return this.queue;
  }

  /** Resolves when there is room for more, or the client has gone. */
  async send(channel: number, bytes: Uint8Array): Promise<void> {
    if (this.signal.aborted) return;
    const payload = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const message = this.isBase64
      ? `${channel}${payload.toString('base64')}`
      : Buffer.concat([Buffer.from([channel]), payload]);
    await new Promise<void>((resolve) => {
      // Called when it is written, or never will be.
      this.socket.send(message, () => resolve());
      if (this.socket.bufferedAmount < outputBytesMax) resolve();
    });
  }

  close(): void {
    this.socket.close(1000);
  }

  private take(data: RawData): void {
    const message = messageOf(data, this.isBase64);
    if (message === undefined) return;
    this.queue.push(message);
    if (!this.queue.isFull || this.socket.isPaused) return;
    this.socket.pause();
    void this.queue.whenRoom().then(() => this.socket.resume());
  }

  private armPing(): void {
    this.timer = this.clock.setTimeout(() => {
      if (this.socket.readyState === this.socket.OPEN) this.socket.ping();
      this.armPing();
    }, pingMs);
  }

  private over(): void {
    if (this.signal.aborted) return;
    const why = new MooringError('ABORTED', 'the client has gone');
    this.clock.clearTimeout(this.timer);
    this.controller.abort(why);
    this.queue.fail(why);
  }
}

function messageOf(data: RawData, isBase64: boolean): ChannelMessage | undefined {
  const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
  const first = bytes[0];
  if (first === undefined) return undefined;
  if (!isBase64) return { channel: first, bytes: bytes.subarray(1) };
  return { channel: first - 0x30, bytes: Buffer.from(bytes.toString('latin1', 1), 'base64') };
}
