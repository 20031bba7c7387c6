/** What one container printed: whole lines with their times, bounded, and readers that follow. */

import { AsyncQueue, type LogLine, type LogOptions } from '@mooring/core';

type Stream = LogLine['stream'];

/** Lines kept of one container; the oldest go first, as with rotated files. */
const linesMax = 10_000;

export class ContainerLog {
  private readonly lines: LogLine[] = [];
  private readonly partial: Record<Stream, string> = { stdout: '', stderr: '' };
  private readonly followers = new Set<AsyncQueue<LogLine>>();
  private isClosed = false;

  /** Text as a process writes it; a line is complete at its newline. */
  write(text: string, stream: Stream, atMs: number): void {
    const parts = (this.partial[stream] + text).split('\n');
    this.partial[stream] = parts.pop() ?? '';
    for (const part of parts) this.add({ atMs, stream, text: part });
  }

  /** Nothing is printed any more: a last line without its newline counts, and followers end. */
  close(atMs: number): void {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const stream of ['stdout', 'stderr'] as const)
      if (this.partial[stream] !== '') this.write('\n', stream, atMs);
    for (const follower of this.followers) follower.close();
    this.followers.clear();
  }

  /** Rejects with `signal.reason` when the signal aborts before the end. */
  async *read(options: LogOptions, signal: AbortSignal): AsyncGenerator<LogLine, void> {
    signal.throwIfAborted();
    const { tailLines, sinceMs = Number.NEGATIVE_INFINITY, lineBytesMax } = options;
    const recent = this.lines.filter(({ atMs }) => atMs >= sinceMs);
    const kept = tailLines === undefined ? recent : recent.slice(Math.max(0, recent.length - tailLines));
    const follower =
      options.follow === true && !this.isClosed
        ? new AsyncQueue<LogLine>({ pendingMax: linesMax, signal })
        : undefined;
    if (follower !== undefined) this.followers.add(follower);
    try {
      for (const line of kept) yield* split(line, lineBytesMax);
      if (follower !== undefined) for await (const line of follower) yield* split(line, lineBytesMax);
      signal.throwIfAborted();
    } finally {
      if (follower !== undefined) this.followers.delete(follower);
    }
  }

  private add(line: LogLine): void {
    this.lines.push(line);
    if (this.lines.length > linesMax) this.lines.splice(0, this.lines.length - linesMax);
    for (const follower of this.followers) follower.push(line);
  }
}

function* split(line: LogLine, bytesMax: number | undefined): Generator<LogLine> {
  if (bytesMax === undefined || line.text.length <= bytesMax) {
    yield line;
    return;
  }
  for (let at = 0; at < line.text.length; at += bytesMax)
    yield { ...line, text: line.text.slice(at, at + bytesMax) };
}
