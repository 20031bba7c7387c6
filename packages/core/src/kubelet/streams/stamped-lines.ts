/** Lines of a log made of the bytes of a stream with their times: the reverse of `log-text.ts`. */

import type { LogLine } from '../../contract/container-runtime.ts';
import type { OutputChunk } from '../../contract/process-streams.ts';

/** Lines without a time have that of the line before. */
export async function* stampedLines(output: AsyncIterable<OutputChunk>): AsyncGenerator<LogLine, void> {
  const rests: Record<LogLine['stream'], Buffer> = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  let atMs = 0;
  const lineOf = (stream: LogLine['stream'], bytes: Buffer): LogLine => {
    const text = bytes.toString('utf8');
    const stamp = /^(\S+) /.exec(text);
    const time = Date.parse(stamp?.[1] ?? '');
    if (stamp === null || Number.isNaN(time)) return { atMs, stream, text };
    atMs = time;
    return { atMs, stream, text: text.slice(stamp[0].length) };
  };
  for await (const { stream, bytes } of output) {
    let rest = Buffer.concat([rests[stream], bytes]);
    for (let at = rest.indexOf(0x0a); at >= 0; at = rest.indexOf(0x0a)) {
      yield lineOf(stream, rest.subarray(0, at));
      rest = rest.subarray(at + 1);
    }
    rests[stream] = rest;
  }
  for (const stream of ['stdout', 'stderr'] as const)
    if (rests[stream].length > 0) yield lineOf(stream, rests[stream]);
}
