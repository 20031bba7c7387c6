/** Header blocks of SPDY/3: compressed, each direction of a connection as one text from its first block to its last. */

import { constants, createDeflate, createInflate, type Deflate, type Inflate } from 'node:zlib';
import { dictionary } from './dictionary.ts';
import { numbers } from './frame-codec.ts';

export type SpdyHeaders = ReadonlyMap<string, string>;

/** Of one block when it is unpacked; those of Kubernetes have some hundred. */
const blockBytesMax = 64 * 1024;

/** One call at a time in each direction. */
export class HeaderCodec {
  private readonly inflate = new Passage(createInflate({ dictionary }));
  private readonly deflate = new Passage(createDeflate({ dictionary }));

  /** Rejects for what is no header block, or is too large. */
  async decode(block: Buffer): Promise<SpdyHeaders> {
    const bytes = await this.inflate.pass(block);
    const headers = new Map<string, string>();
    let at = 4;
    const text = () => {
      const from = at + 4;
      const end = from + bytes.readUInt32BE(at);
      if (end > bytes.length) throw new Error('a header block is cut off');
      at = end;
      return bytes.toString('utf8', from, end);
    };
    for (let left = bytes.readUInt32BE(0); left > 0; left -= 1) {
      const name = text();
      headers.set(name, text());
    }
    return headers;
  }

  async encode(headers: SpdyHeaders): Promise<Buffer> {
    const words = [...headers]
      .flat()
      .flatMap((word) => [numbers(Buffer.byteLength(word)), Buffer.from(word)]);
    return await this.deflate.pass(Buffer.concat([numbers(headers.size), ...words]));
  }

  close(): void {
    this.inflate.close();
    this.deflate.close();
  }
}

/** One compressed text, of which a part is given and taken at a time. */
class Passage {
  private readonly codec: Inflate | Deflate;
  private chunks: Buffer[] = [];
  private size = 0;
  private fail = (_: unknown) => {};

  constructor(codec: Inflate | Deflate) {
    this.codec = codec;
    codec.on('error', (error) => this.fail(error));
    codec.on('data', (chunk: Buffer) => {
      this.chunks.push(chunk);
      this.size += chunk.length;
      // A small block may be unpacked to gigabytes.
      if (this.size > blockBytesMax) codec.destroy(new Error('a header block is too large'));
    });
  }

  pass(block: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.fail = reject;
      this.codec.write(block);
      this.codec.flush(constants.Z_SYNC_FLUSH, () => {
        // Its error tells.
        if (this.codec.destroyed) return;
        const bytes = Buffer.concat(this.chunks);
        this.chunks = [];
        this.size = 0;
        resolve(bytes);
      });
    });
  }

  close(): void {
    this.codec.destroy();
  }
}
