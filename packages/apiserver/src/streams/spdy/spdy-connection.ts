/**
 * The server's side of a SPDY/3.1 connection as Kubernetes uses it: the client opens streams, each with a header that says
 * what it is for. Windows are not kept by either side; TCP holds back whoever is too fast.
 */

import type { Duplex } from 'node:stream';
import { type Clock, MooringError } from '@mooring/core';
import { FlowQueue } from '../flow-queue.ts';
import { writeAll } from '../write-all.ts';
import {
  controlFrame,
  controlTypes,
  dataFrame,
  FrameReader,
  isLast,
  numbers,
  type SpdyFrame,
  streamOf,
} from './frame-codec.ts';
import { HeaderCodec, type SpdyHeaders } from './header-codec.ts';

export interface SpdyStream {
  readonly id: number;
  readonly headers: SpdyHeaders;
  /** What the client sends on it, until it says that this is all. Rejects when the connection breaks. */
  readonly input: AsyncIterable<Buffer>;
  /** Resolves when there is room for more; does nothing once the connection is gone. */
  write(bytes: Uint8Array): Promise<void>;
  /** Nothing more is written. */
  end(): void;
}

export interface SpdyOptions {
  readonly socket: Duplex;
  /** What came before the connection began to speak SPDY. */
  readonly head: Buffer;
  readonly clock: Clock;
  onStream(stream: SpdyStream): void;
}

const chunkBytesMax = 16 * 1024;
/** Kept for the reader of one stream; then the whole connection waits. */
const inputBytesMax = 256 * 1024;
/** At a time. */
const streamsMax = 1024;
/** A client that has gone without a word shows when it is written to. */
const pingMs = 10_000;
/** So that the last bytes are read before the connection is seen to end. */
const lingerMs = 30;
/** For the client to end it, too. */
const farewellMs = 5000;

export class SpdyConnection {
  private readonly options: SpdyOptions;
  private readonly reader = new FrameReader();
  private readonly headers = new HeaderCodec();
  private readonly inputs = new Map<number, FlowQueue<Buffer>>();
  private readonly controller = new AbortController();
  private lastStream = 0;
  private pings = 0;
  private timer: ReturnType<Clock['setTimeout']> | undefined;

  constructor(options: SpdyOptions) {
    this.options = options;
  }

  /** Aborts when the connection is over. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Resolves when the connection is over, whoever has ended it. */
  async run(): Promise<void> {
    const { socket, head, clock } = this.options;
    const over = () => this.over(new MooringError('ABORTED', 'the client has gone'));
    socket.once('close', over).once('error', over);
    this.armPing();
    try {
      await this.take(head);
      for await (const bytes of socket) await this.take(bytes as Buffer);
      over();
    } catch (error) {
      this.over(error);
    } finally {
      clock.clearTimeout(this.timer);
      socket.destroy();
      this.headers.close();
    }
  }

  /** Says farewell, and ends the connection once that is read. */
  close(): void {
    if (this.signal.aborted) return;
    const { socket, clock } = this.options;
    socket.write(controlFrame(controlTypes.goAway, numbers(this.lastStream, 0)));
    this.over(new MooringError('ABORTED', 'the connection was closed'));
    this.timer = clock.setTimeout(() => {
      socket.end();
      this.timer = clock.setTimeout(() => socket.destroy(), farewellMs);
    }, lingerMs);
  }

  private async take(bytes: Buffer): Promise<void> {
    for (const frame of this.reader.add(bytes)) {
      if (this.signal.aborted) return;
      if (frame.type === 'data') await this.takeData(frame);
      else await this.takeControl(frame);
    }
  }

  private async takeData({
    stream,
    payload,
    isLast: isEnd,
  }: Extract<SpdyFrame, { type: 'data' }>): Promise<void> {
    const input = this.inputs.get(stream);
    if (input === undefined) return;
    if (payload.length > 0) input.push(payload);
    if (isEnd) this.endInput(stream);
    await input.whenRoom();
  }

  private async takeControl({
    control,
    flags,
    payload,
  }: Extract<SpdyFrame, { type: 'control' }>): Promise<void> {
    const { socket } = this.options;
    switch (control) {
      case controlTypes.synStream:
        await this.open(streamOf(payload), await this.headers.decode(payload.subarray(10)), isLast(flags));
        break;
      case controlTypes.headers:
        // All blocks of a connection are one compressed text.
        await this.headers.decode(payload.subarray(4));
        if (isLast(flags)) this.endInput(streamOf(payload));
        break;
      case controlTypes.ping:
        // Even numbers are ours.
        if (payload.readUInt32BE(0) % 2 === 1) socket.write(controlFrame(controlTypes.ping, payload));
        break;
      case controlTypes.rstStream:
        this.endInput(streamOf(payload));
        break;
      default:
      // Settings, windows and farewells change nothing here.
    }
  }

  private async open(id: number, headers: SpdyHeaders, isEnd: boolean): Promise<void> {
    const { socket, onStream } = this.options;
    if (this.inputs.has(id) || this.inputs.size >= streamsMax)
      throw new Error(`stream ${id} cannot be opened: it is open, or there are too many`);
    const input = new FlowQueue<Buffer>(inputBytesMax, ({ length }) => length);
    this.inputs.set(id, input);
    this.lastStream = id;
    if (isEnd) this.endInput(id);
    const block = await this.headers.encode(new Map());
    socket.write(controlFrame(controlTypes.synReply, Buffer.concat([numbers(id), block])));
    let hasEnded = false;
    onStream({
      id,
      headers,
      input,
      write: async (bytes) => {
        for (let at = 0; at < bytes.byteLength && !hasEnded && !this.signal.aborted; at += chunkBytesMax)
          await writeAll(socket, dataFrame(id, bytes.subarray(at, at + chunkBytesMax), false));
      },
      end: () => {
        if (hasEnded || this.signal.aborted) return;
        hasEnded = true;
        socket.write(dataFrame(id, Buffer.alloc(0), true));
      },
    });
  }

  /** Forgotten: its number is not given again. */
  private endInput(stream: number): void {
    this.inputs.get(stream)?.end();
    this.inputs.delete(stream);
  }

  private armPing(): void {
    const { clock, socket } = this.options;
    this.timer = clock.setTimeout(() => {
      this.pings += 2;
      if (!socket.destroyed) socket.write(controlFrame(controlTypes.ping, numbers(this.pings)));
      this.armPing();
    }, pingMs);
  }

  private over(why: unknown): void {
    if (this.signal.aborted) return;
    this.controller.abort(why);
    this.options.clock.clearTimeout(this.timer);
    for (const input of this.inputs.values()) input.fail(why);
    this.inputs.clear();
  }
}
