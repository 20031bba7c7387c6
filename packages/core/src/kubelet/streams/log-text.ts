/** Lines of a log as the bytes that a reader gets: with their times where they are wanted, and not more than are wanted. */

import type { LogLine } from '../../contract/container-runtime.ts';

export interface LogTextOptions {
  readonly timestamps: boolean;
  readonly limitBytes?: number;
}

export interface TextChunk {
  readonly stream: LogLine['stream'];
  readonly bytes: Buffer;
}

export class LogText {
  private readonly options: LogTextOptions;
  private left: number;

  constructor(options: LogTextOptions) {
    this.options = options;
    this.left = options.limitBytes ?? Number.POSITIVE_INFINITY;
  }

  /** All that is wanted was given. */
  get isFull(): boolean {
    return this.left <= 0;
  }

  bytesOf({ atMs, text }: LogLine): Buffer {
    const bytes = Buffer.from(this.options.timestamps ? `${stampOf(atMs)} ${text}\n` : `${text}\n`);
    const kept = bytes.subarray(0, Math.min(bytes.byteLength, this.left));
    this.left -= kept.byteLength;
    return kept;
  }
}

/** With nine digits, as the kubelet writes it; runtimes tell milliseconds. */
export function stampOf(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, -1)}000000Z`;
}
