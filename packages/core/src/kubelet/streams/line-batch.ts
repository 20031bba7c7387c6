/** Pieces of text between one who reads them and one who sends them: those that come together go together. */

import type { TextChunk } from './log-text.ts';

/** Bytes that are read ahead of the sender. */
const aheadBytesMax = 64 * 1024;

export class LineBatch {
  private chunks: TextChunk[] = [];
  private bytes = 0;
  private isClosed = false;
  private wakeSender = () => {};
  private wakeReader = () => {};

  /** Nobody adds any more, or nobody wants any more. */
  get isOver(): boolean {
    return this.isClosed;
  }

  /** Resolves when there is room for more. */
  add(chunk: TextChunk): Promise<void> | undefined {
    this.chunks.push(chunk);
    this.bytes += chunk.bytes.byteLength;
    this.wakeSender();
    if (this.bytes < aheadBytesMax || this.isClosed) return undefined;
    return new Promise((resolve) => {
      this.wakeReader = resolve;
    });
  }

  /** Resolves when something is there, or nothing will come. */
  async whenFilled(): Promise<void> {
    if (this.chunks.length > 0 || this.isClosed) return;
    await new Promise<void>((resolve) => {
      this.wakeSender = resolve;
    });
  }

  /** All that is there, what follows another of the same stream as one piece; nothing once it is over. */
  drain(): readonly TextChunk[] {
    const joined: { stream: TextChunk['stream']; parts: Buffer[] }[] = [];
    for (const { stream, bytes } of this.chunks) {
      const last = joined.at(-1);
      if (last?.stream === stream) last.parts.push(bytes);
      else joined.push({ stream, parts: [bytes] });
    }
    this.chunks = [];
    this.bytes = 0;
    this.wakeReader();
    return joined.map(({ stream, parts }) => ({ stream, bytes: Buffer.concat(parts) }));
  }

  close(): void {
    this.isClosed = true;
    this.wakeSender();
    this.wakeReader();
  }
}
