/** When a request is over: its client has gone, the server closes, or its time is up. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Clock, MooringError } from '@mooring/core';
import type { ServerParts } from './server-parts.ts';

/** The endings of all requests that are being served. */
export class RequestEndings {
  private readonly clock: Clock;
  private readonly signal: AbortSignal;
  /** Not each a listener of the signal: to remove one of those takes as long as there are others. */
  private readonly open = new Set<RequestEnding>();

  constructor({ clock, signal }: Pick<ServerParts, 'clock' | 'signal'>) {
    this.clock = clock;
    this.signal = signal;
    signal.addEventListener('abort', () => {
      for (const ending of this.open) ending.stop();
    });
  }

  begin(incoming: IncomingMessage, outgoing: ServerResponse | Duplex): RequestEnding {
    const ending = new RequestEnding(this.clock, outgoing, this.open);
    if (this.signal.aborted) ending.stop();
    if (incoming.destroyed) ending.gone();
    return ending;
  }
}

export class RequestEnding {
  private readonly clock: Clock;
  private readonly outgoing: ServerResponse | Duplex;
  private readonly open: Set<RequestEnding>;
  private readonly controller = new AbortController();
  private timer: ReturnType<Clock['setTimeout']> | undefined;
  readonly gone = (): void => this.controller.abort(new MooringError('ABORTED', 'the client has gone'));

  constructor(clock: Clock, outgoing: ServerResponse | Duplex, open: Set<RequestEnding>) {
    this.clock = clock;
    this.outgoing = outgoing;
    this.open = open;
    open.add(this);
    outgoing.once('close', this.gone);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  stop(): void {
    this.controller.abort(new MooringError('ABORTED', 'the server is closing'));
  }

  /** Gives the request this much time from now. */
  limit(requestMsMax: number): void {
    this.timer = this.clock.setTimeout(() => {
      const words = `Timeout: request did not complete within ${requestMsMax / 1000} s`;
      this.controller.abort(new MooringError('DEADLINE_EXCEEDED', words));
    }, requestMsMax);
  }

  /** To be called when the request is served. */
  clear(): void {
    this.clock.clearTimeout(this.timer);
    this.open.delete(this);
    this.outgoing.off('close', this.gone);
  }
}
