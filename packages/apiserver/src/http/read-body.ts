/** The body of a request, up to a limit. */

import type { IncomingMessage } from 'node:http';
import { badRequest, StatusError } from '../status/status-error.ts';

/**
 * Rejects with RequestEntityTooLarge beyond the limit, and with the reason of the signal when that aborts. What comes
 * after either is not kept.
 */
export function readBody(incoming: IncomingMessage, bytesMax: number, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const end = (settle: () => void) => {
      incoming.off('data', onData).off('end', onEnd).off('error', onBroken).off('close', onBroken);
      signal.removeEventListener('abort', onAbort);
      settle();
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size > bytesMax) end(() => reject(tooLarge(bytesMax)));
      else chunks.push(chunk);
    };
    const onEnd = () => end(() => resolve(whole(chunks)));
    const onBroken = () => end(() => reject(badRequest('the body of the request ended early')));
    const onAbort = () => end(() => reject(signal.reason));
    if (Number(incoming.headers['content-length']) > bytesMax) {
      reject(tooLarge(bytesMax));
      return;
    }
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    incoming.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken);
    signal.addEventListener('abort', onAbort, { once: true });
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
