/** Brings a process and whoever speaks with it together. */

import type { StreamEnd } from '../../bus/stream-end.ts';
import type { StreamOutcome } from '../../bus/stream-frame.ts';
import type { WantedStreams } from '../../bus/stream-request.ts';
import type { ProcessStreams } from '../../contract/process-streams.ts';

/** Resolves when the process has ended and all its output was sent. Rejects when the runtime, or the stream, breaks. */
export async function pumpProcess(
  process: ProcessStreams,
  { stdin, stdout, stderr }: Pick<WantedStreams, 'stdin' | 'stdout' | 'stderr'>,
  end: StreamEnd,
): Promise<StreamOutcome> {
  end.onResize = (size) => process.resize(size);
  const wanted = { stdout, stderr };
  // It ends with the stream, whose break the output tells of; a process may end with its input unread.
  pumpInput(process, stdin, end).catch(() => undefined);
  for await (const { stream, bytes } of process.output) if (wanted[stream]) await end.send(stream, bytes);
  return { exitCode: await process.exitCode() };
}

async function pumpInput(process: ProcessStreams, isWanted: boolean, end: StreamEnd): Promise<void> {
  if (!isWanted) process.closeInput();
  for await (const event of end) {
    if (!isWanted) continue;
    if (event.type === 'data') await process.write(event.bytes);
    else process.closeInput();
  }
}
