/** Brings a process and whoever speaks with it together. */

import type { StreamEnd } from '../../bus/stream-end.ts';
import type { StreamOutcome } from '../../bus/stream-frame.ts';
import type { WantedStreams } from '../../bus/stream-request.ts';
import { MooringError } from '../../contract/error.ts';
import type { ProcessStreams } from '../../contract/process-streams.ts';
import { onLaterFailure } from '../../engine/later-failure.ts';

/** Resolves when the process has ended and all its output was sent. Rejects when the runtime, or the stream, breaks. */
export async function pumpProcess(
  process: ProcessStreams,
  { stdin, stdout, stderr }: Pick<WantedStreams, 'stdin' | 'stdout' | 'stderr'>,
  end: StreamEnd,
): Promise<StreamOutcome> {
  end.onResize = (size) => unheeded(() => process.resize(size));
  const wanted = { stdout, stderr };
  // It ends with the stream, whose break the output tells of; a process may end with its input unread.
  pumpInput(process, stdin, end).catch(() => undefined);
  for await (const { stream, bytes } of process.output) if (wanted[stream]) await end.send(stream, bytes);
  const exitCode: unknown = await process.exitCode();
  if (Number.isInteger(exitCode)) return { exitCode: exitCode as number };
  throw new MooringError('PLUGIN_INVALID', `the runtime gave ${String(exitCode)} as an exit code`);
}

/** A terminal of the wrong size, or an input that is open still, is no reason to end a session, let alone all others. */
function unheeded(act: () => unknown): void {
  try {
    onLaterFailure(act(), () => {});
  } catch {
    // The session shows what has become of it.
  }
}

async function pumpInput(process: ProcessStreams, isWanted: boolean, end: StreamEnd): Promise<void> {
  const close = () => unheeded(() => process.closeInput());
  if (!isWanted) close();
  for await (const event of end) {
    if (!isWanted) continue;
    if (event.type === 'data') await process.write(event.bytes);
    else close();
  }
}
