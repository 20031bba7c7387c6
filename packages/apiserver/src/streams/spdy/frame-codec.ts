/** Frames of SPDY/3.1, as far as Kubernetes uses them. Pure. */

export const controlTypes = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;

export type SpdyFrame =
  | { readonly type: 'data'; readonly stream: number; readonly isLast: boolean; readonly payload: Buffer }
  | { readonly type: 'control'; readonly control: number; readonly flags: number; readonly payload: Buffer };

const headBytes = 8;
const lastFlag = 1;
const version = 0x8003;
const idMask = 0x7fffffff;
/** More than any client of Kubernetes sends in one. */
const bytesMax = { data: 4 * 1024 * 1024, control: 64 * 1024 };

/** Cuts what comes into frames. */
export class FrameReader {
  private rest: Buffer = Buffer.alloc(0);

  /** The frames that are complete now. Throws for what is no SPDY/3.1. */
  add(bytes: Buffer): readonly SpdyFrame[] {
    this.rest = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    const frames: SpdyFrame[] = [];
    while (this.rest.length >= headBytes) {
      const length = this.rest.readUIntBE(5, 3);
      const isData = this.rest.readUInt8(0) < 0x80;
      if (length > (isData ? bytesMax.data : bytesMax.control))
        throw new Error(`a frame of ${length} bytes is too large`);
      if (this.rest.length < headBytes + length) break;
      frames.push(frameOf(this.rest, this.rest.subarray(headBytes, headBytes + length)));
      this.rest = this.rest.subarray(headBytes + length);
    }
    return frames;
  }
}

function frameOf(head: Buffer, payload: Buffer): SpdyFrame {
  const flags = head.readUInt8(4);
  const word = head.readUInt32BE(0);
  if (word <= idMask) return { type: 'data', stream: word, isLast: (flags & lastFlag) !== 0, payload };
  if (head.readUInt16BE(0) !== version) throw new Error('the frames are not of SPDY/3');
  return { type: 'control', control: head.readUInt16BE(2), flags, payload };
}

/** Throws a `RangeError` for a frame that is too short. */
export function streamOf(payload: Buffer): number {
  return payload.readUInt32BE(0) & idMask;
}

export function isLast(flags: number): boolean {
  return (flags & lastFlag) !== 0;
}

export function dataFrame(stream: number, payload: Uint8Array, isEnd: boolean): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUInt32BE(stream, 0);
  head.writeUInt8(isEnd ? lastFlag : 0, 4);
  head.writeUIntBE(payload.byteLength, 5, 3);
  return Buffer.concat([head, payload]);
}

export function controlFrame(control: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUInt16BE(version, 0);
  head.writeUInt16BE(control, 2);
  head.writeUIntBE(payload.byteLength, 5, 3);
  return Buffer.concat([head, payload]);
}

/** Four bytes each. */
export function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, 4 * i);
  return bytes;
}
