/** A connection of a client to a port of a pod, byte by byte. */

import type { NodeStream } from '@mooring/core';

export interface ClientConnection {
  readonly input: AsyncIterable<Uint8Array>;
  /** Resolves when there is room for more. */
  write(bytes: Uint8Array): Promise<void>;
}

/**
 * Resolves when the program at the port has said all. Rejects when there is no connection to it or to its node, or that
 * breaks; what the client still says is let go then, so that it holds up nothing else.
 */
export async function pumpConnection(
  opening: Promise<NodeStream>,
  { input, write }: ClientConnection,
): Promise<void> {
  const port = await opening.catch(async (error: unknown) => {
    await input[Symbol.asyncIterator]().return?.();
    throw error;
  });
  // It ends with the client, which the output tells of.
  pumpInput(port, input).catch(() => undefined);
  for await (const { bytes } of port.output) await write(bytes);
}

async function pumpInput(port: NodeStream, input: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const bytes of input) await port.write(bytes);
  port.closeInput();
}
