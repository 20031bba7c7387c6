/**
 * The agent's side of one watch. Frames carry numbers: after a gap, a silence or a lost connection it is begun again from
 * where it was, and the reader notices nothing; where that cannot be done it ends with `STORE_EXPIRED`.
 */

import { fromWireError } from '../bus/wire-error.ts';
import type { Clock, Random, TimerHandle } from '../contract/clock.ts';
import { MooringError } from '../contract/error.ts';
import type { Revision, WatchEvent, WatchOptions } from '../contract/store.ts';
import { onAbort, sleep } from '../engine/abortable.ts';
import { AsyncQueue } from '../engine/async-queue.ts';
import { deepFreeze } from '../store/deep-freeze.ts';
import type { GatewayLink } from './gateway-link.ts';
import {
  confirmEvery,
  Fields,
  heartbeatMsDefault,
  heartbeatsMissedMax,
  isTransient,
  windowMax,
} from './gateway-protocol.ts';

export interface WatchPorts {
  readonly link: GatewayLink;
  readonly clock: Clock;
  readonly random: Random;
  /** The store is closed. */
  readonly closed: AbortSignal;
  /** So long a gateway may be away when a watch is begun. */
  readonly patienceMs: number;
  /** Once: whether one that was not answered has begun a watch is not known. */
  ask(data: object, signal: AbortSignal): Promise<unknown>;
}

const pauseMs = 200;

export async function* watchGateway(
  prefix: string,
  { from, signal }: WatchOptions,
  ports: WatchPorts,
): AsyncIterable<WatchEvent> {
  let position = from;
  let isSynced = false;
  /** Delivered under the revision `position`: several objects may come into view with one change. */
  let delivered = new Set<string>();
  while (!signal.aborted) {
    const start = delivered.size > 0 && position !== undefined ? position - 1 : position;
    const stream = await begun({ prefix, from: start }, ports, signal);
    if (stream === undefined) return;
    try {
      for await (const event of stream) {
        if (event.type === 'synced') {
          if (isSynced) continue;
          isSynced = true;
          position = Math.max(position ?? 0, event.revision);
        } else if (isSynced || from !== undefined) {
          if (event.revision === position && delivered.has(event.key)) continue;
          if (event.revision !== position) delivered = new Set();
          position = event.revision;
          delivered.add(event.key);
        }
        yield event;
      }
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    } finally {
      stream.close();
    }
    if (!signal.aborted && position === undefined)
      throw new MooringError('STORE_EXPIRED', `the watch of "${prefix}" was interrupted; list again`);
  }
}

/**
 * Each attempt has an id of its own: of one without an answer the frames may still come, from a gateway that counts them in
 * another way. `undefined` when the signal aborts.
 */
async function begun(
  data: { readonly prefix: string; readonly from: Revision | undefined },
  ports: WatchPorts,
  signal: AbortSignal,
): Promise<Stream | undefined> {
  const endsMs = ports.clock.monotonicMs() + ports.patienceMs;
  while (!signal.aborted) {
    const stream = new Stream(ports, signal);
    try {
      await stream.open(data);
      return stream;
    } catch (error) {
      stream.close();
      if (signal.aborted) return undefined;
      if (!isTransient(error) || ports.clock.monotonicMs() >= endsMs) throw error;
      // An abort ends the sleep and the loop.
      await sleep(ports.clock, pauseMs, signal).catch(() => {});
    }
  }
  return undefined;
}

/** Frames of one id, in their order and without gaps: it ends where that cannot be kept up. */
class Stream implements AsyncIterable<WatchEvent> {
  private readonly ports: WatchPorts;
  private readonly signal: AbortSignal;
  private readonly id: string;
  private readonly frames: AsyncQueue<Frame>;
  private readonly forgets: (() => void)[];
  private heardSeq = 0;
  private takenSeq = 0;
  private heartbeatMs = heartbeatMsDefault;
  private timer: TimerHandle | undefined;

  constructor(ports: WatchPorts, signal: AbortSignal) {
    this.ports = ports;
    this.signal = signal;
    this.id = ports.random.uuid();
    this.frames = new AsyncQueue<Frame>({ pendingMax: windowMax + 1, signal });
    this.forgets = [
      ports.link.listen(this.id, (data) => this.hear(data)),
      ports.link.onReconnect(() => this.frames.stop()),
      onAbort(ports.closed, () => this.frames.fail(ports.closed.reason)),
    ];
  }

  async open(data: { readonly prefix: string; readonly from: Revision | undefined }): Promise<void> {
    const answer = await this.ports.ask({ id: this.id, ...data }, this.signal);
    this.heartbeatMs = new Fields(answer).optionalRevision('heartbeatMs') ?? heartbeatMsDefault;
    this.listenOn();
  }

  close(): void {
    this.ports.clock.clearTimeout(this.timer);
    for (const forget of this.forgets) forget();
    this.frames.stop();
    this.ports.link.send('unwatch', { id: this.id });
  }

  async *[Symbol.asyncIterator](): AsyncIterator<WatchEvent> {
    for await (const { seq, event, error } of this.frames) {
      if (error !== undefined) throw error;
      if (event !== undefined) yield event;
      this.takenSeq = seq;
      if (seq % confirmEvery === 0) this.confirm();
    }
  }

  /** Ends the stream for what is no frame, as after a gap: it is begun again. */
  private hear(data: unknown): void {
    this.listenOn();
    const frame = readFrame(data);
    if (frame === undefined || frame.seq > this.heardSeq + 1) {
      this.frames.stop();
      return;
    }
    if (frame.event === undefined && frame.error === undefined) {
      if (frame.seq > this.heardSeq) this.frames.stop();
      else this.confirm();
      return;
    }
    if (frame.seq <= this.heardSeq) return;
    this.heardSeq = frame.seq;
    this.frames.push(frame);
  }

  private confirm(): void {
    this.ports.link.send('confirm', { id: this.id, seq: this.takenSeq });
  }

  private listenOn(): void {
    const { clock } = this.ports;
    clock.clearTimeout(this.timer);
    this.timer = clock.setTimeout(() => this.frames.stop(), this.heartbeatMs * heartbeatsMissedMax);
  }
}

interface Frame {
  readonly seq: number;
  readonly event?: WatchEvent;
  readonly error?: MooringError;
}

function readFrame(raw: unknown): Frame | undefined {
  try {
    const fields = new Fields(raw);
    const seq = fields.revision('seq');
    const error = fields.any('error');
    if (error !== undefined) return { seq, error: fromWireError(error) };
    return fields.any('event') === undefined ? { seq } : { seq, event: readEvent(fields.object('event')) };
  } catch {
    // Not ours, or of another version: as good as lost.
    return undefined;
  }
}

function readEvent(raw: object): WatchEvent {
  const fields = new Fields(raw);
  const [type, revision] = [fields.text('type'), fields.revision('revision')];
  if (type === 'synced') return { type, revision };
  if (type !== 'put' && type !== 'delete') throw new MooringError('INVALID', 'event: unknown type');
  return { type, key: fields.text('key'), value: deepFreeze(fields.object('value')), revision };
}
