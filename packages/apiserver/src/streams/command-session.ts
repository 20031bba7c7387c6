/** The client's side of a command, whatever protocol it speaks. */

import type { AttachRequest, ExecRequest, NodeStream, StreamClient, TerminalSize } from '@mooring/core';
import { type CommandStatus, exitStatus, failureStatus } from './stream-status.ts';

export type SessionInput =
  | { readonly type: 'stdin'; readonly bytes: Uint8Array }
  | { readonly type: 'stdin-end' }
  | { readonly type: 'resize'; readonly size: TerminalSize };

export interface CommandSession {
  /** What the client sends, in order; not more than is read. */
  readonly input: AsyncIterable<SessionInput>;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
  /** Resolves when there is room for more. */
  write(stream: 'stdout' | 'stderr', bytes: Uint8Array): Promise<void>;
  /** The last that the client is told. */
  finish(status: CommandStatus): void;
}

/** Resolves when the command has ended and the client knows how, or the client has gone. Never rejects. */
export async function runSession(
  streams: StreamClient,
  node: string,
  request: ExecRequest | AttachRequest,
  session: CommandSession,
): Promise<void> {
  try {
    const process = await streams.open(node, request, session.signal);
    // It ends with the session; what a command does not read is let go.
    pumpInput(process, session).catch(() => undefined);
    for await (const { stream, bytes } of process.output) await session.write(stream, bytes);
    session.finish(exitStatus(await process.exitCode()));
  } catch (error) {
    if (!session.signal.aborted) session.finish(failureStatus(error));
  }
}

async function pumpInput(process: NodeStream, { input }: CommandSession): Promise<void> {
  for await (const event of input) {
    if (event.type === 'stdin') await process.write(event.bytes);
    else if (event.type === 'stdin-end') process.closeInput();
    else process.resize(event.size);
  }
}

/** The size of a terminal as clients write it; `undefined` for what is none. */
export function terminalSize(bytes: Uint8Array): TerminalSize | undefined {
  try {
    const { Width, Height } = JSON.parse(Buffer.from(bytes).toString('utf8')) as Record<string, unknown>;
    return isSide(Width) && isSide(Height) ? { columns: Width, rows: Height } : undefined;
  } catch {
    // A size that cannot be read is none.
    return undefined;
  }
}

function isSide(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 0xffff;
}
