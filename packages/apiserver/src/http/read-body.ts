/** The body of a request, up to a limit. */

import type { IncomingMessage } from 'node:http';
import { badRequest, StatusError } from '../status/status-error.ts';

/** Who may end a request before its body is whole. */
export interface BodyEnding {
  /** Why the request is over already. */
  readonly reason: unknown;
  /** Told once, when it is over; it takes the place of the one before. A signal would cost as much as all the rest of a small body. */
  onEnd(listener: ((reason: unknown) => void) | undefined): void;
}

/**
 * Rejects with RequestEntityTooLarge beyond the limit, and with the reason of the ending when that comes first. What comes
 * after either is not kept.
 */
export function readBody(incoming: IncomingMessage, bytesMax: number, ending: BodyEnding): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const end = (settle: () => void) => {
      incoming.off('data', onData).off('end', onEnd).off('error', onBroken).off('close', onBroken);
      ending.onEnd(undefined);
      settle();
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size > bytesMax) end(() => reject(tooLarge(bytesMax)));
      else chunks.push(chunk);
    };
    const onEnd = () => end(() => resolve(whole(chunks)));
    const onBroken = () => end(() => reject(badRequest('the body of the request ended early')));
    if (Number(incoming.headers['content-length']) > bytesMax) {
      reject(tooLarge(bytesMax));
      return;
    }
    if (ending.reason !== undefined) {
      reject(ending.reason);
      return;
    }
    incoming.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken);
    ending.onEnd((reason) => end(() => reject(reason)));
  });
}

/** Most bodies come in one piece. */
function whole(chunks: readonly Buffer[]): Buffer {
  const [first, ...others] = chunks;
  return first !== undefined && others.length === 0 ? first : Buffer.concat(chunks);
}

function tooLarge(bytesMax: number): StatusError {
  return new StatusError('RequestEntityTooLarge', `Request entity too large: limit is ${bytesMax}`);
}
