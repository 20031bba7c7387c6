/** What a command printed: standard output, then standard error, cut together to a number of bytes. */

import type { LogLine } from '@mooring/core';

export class ExecOutput {
  private readonly bytesMax: number;
  private readonly texts: Record<LogLine['stream'], string> = { stdout: '', stderr: '' };

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  write(text: string, stream: LogLine['stream']): void {
    // A character is at least a byte: what is beyond that many characters can never be shown.
    const room = this.bytesMax - this.texts[stream].length;
    if (room > 0) this.texts[stream] += text.slice(0, room);
  }

  get text(): string {
    return Buffer.from(this.texts.stdout + this.texts.stderr)
      .subarray(0, this.bytesMax)
      .toString();
  }
}
