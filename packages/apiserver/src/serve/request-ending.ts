/** When a request is over: its client has gone, the server closes, or its time is up. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { MooringError } from '@mooring/core';
import type { ServerParts } from './server-parts.ts';

export interface Ending {
  readonly signal: AbortSignal;
  /** Gives the request this much time from now. */
  limit(requestMsMax: number): void;
  /** To be called when the request is served. */
  clear(): void;
}

export function beginEnding(
  { clock, signal }: Pick<ServerParts, 'clock' | 'signal'>,
  incoming: IncomingMessage,
  outgoing: ServerResponse | Duplex,
): Ending {
  const controller = new AbortController();
  const stop = () => controller.abort(new MooringError('ABORTED', 'the server is closing'));
  const gone = () => controller.abort(new MooringError('ABORTED', 'the client has gone'));
  const late = (requestMsMax: number) => {
    const words = `Timeout: request did not complete within ${requestMsMax / 1000} s`;
    controller.abort(new MooringError('DEADLINE_EXCEEDED', words));
  };
  let timer: ReturnType<typeof clock.setTimeout> | undefined;
  signal.addEventListener('abort', stop, { once: true });
  outgoing.once('close', gone);
  if (signal.aborted) stop();
  if (incoming.destroyed) gone();
  return {
    signal: controller.signal,
    limit(requestMsMax) {
      timer = clock.setTimeout(() => late(requestMsMax), requestMsMax);
    },
    clear() {
      clock.clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      outgoing.off('close', gone);
    },
  };
}
