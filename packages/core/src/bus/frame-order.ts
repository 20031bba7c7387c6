/** Frames in the order in which they were sent, however they came. Holds no more of them than the window lets through. */

import { type SequencedFrame, weightOf, windowBytes } from './stream-frame.ts';

/** Frames without data: the ends of channels, and the end of the stream. */
const controlFramesMax = 16;
/** As many as fit into the window when each carries one byte. */
const framesMax = Math.ceil(windowBytes / weightOf({ seq: 1, data: new Uint8Array(1), channel: 'stdin' }));

export class FrameOrder {
  /** Frames that came before their predecessors. */
  private readonly early = new Map<number, SequencedFrame>();
  private seq = 0;
  private received = 0;
  private taken = 0;
  private controls = 0;

  /** Up to which frame all have come. */
  get complete(): number {
    return this.seq;
  }

  /** The weight of what the reader has taken. */
  get takenWeight(): number {
    return this.taken;
  }

  /** Those whose turn it is now; `undefined` when the sender does not keep to what it was granted. */
  add(frame: SequencedFrame): readonly SequencedFrame[] | undefined {
    // It came twice.
    if (frame.seq <= this.seq || this.early.has(frame.seq)) return [];
    this.received += weightOf(frame);
    if (!('data' in frame)) this.controls += 1;
    const isTooFar = frame.seq > this.seq + framesMax + controlFramesMax;
    const isTooMuch = this.received - this.taken > windowBytes || this.controls > controlFramesMax;
    if (isTooFar || isTooMuch) return undefined;
    this.early.set(frame.seq, frame);
    const ready: SequencedFrame[] = [];
    for (let next = this.early.get(this.seq + 1); next !== undefined; next = this.early.get(this.seq + 1)) {
      this.early.delete(next.seq);
      this.seq = next.seq;
      ready.push(next);
    }
    return ready;
  }

  /** The reader has dealt with it. */
  take(frame: SequencedFrame): void {
    this.taken += weightOf(frame);
  }
}
