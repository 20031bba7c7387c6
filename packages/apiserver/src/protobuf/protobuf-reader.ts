/** Reading protocol buffers: the fields of a message, of the two wire types that the Kubernetes API uses. Pure. */

export interface WireField {
  readonly number: number;
  /** A number for a varint, the bytes of everything else. */
  readonly value: number | Buffer;
}

/** Throws a `RangeError` for what is no message, or is cut off. */
export function readMessage(bytes: Buffer): readonly WireField[] {
  const reader = new WireReader(bytes);
  const fields: WireField[] = [];
  while (!reader.isDone) fields.push(reader.field());
  return fields;
}

class WireReader {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get isDone(): boolean {
    return this.at >= this.bytes.length;
  }

  field(): WireField {
    const tag = this.varint();
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        return { number, value: this.varint() };
      case 2:
        return { number, value: this.block(this.varint()) };
      default:
        throw new RangeError(`wire type ${tag % 8} is not known`);
    }
  }

  /** Of 64 bits; a negative one has its two's complement. */
  private varint(): number {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.bytes[this.at];
      if (byte === undefined) throw new RangeError('the message ends within a number');
      this.at += 1;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(BigInt.asIntN(64, value));
    }
    throw new RangeError('a number is too long');
  }

  private block(length: number): Buffer {
    if (length < 0 || this.at + length > this.bytes.length)
      throw new RangeError('the message ends within a field');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}
