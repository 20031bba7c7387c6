/** What carries the words of an agent to the gateway and back: NATS, or a test. */

import type { RequestOptions } from '../contract/bus.ts';

export interface GatewayLink extends AsyncDisposable {
  /**
   * Rejects with `DEADLINE_EXCEEDED` when no answer came, with `NO_RESPONDERS` or `TRANSPORT_UNAVAILABLE` when the request
   * was surely not heard.
   */
  request(verb: string, data: unknown, options: RequestOptions): Promise<unknown>;
  /** At most once, and nobody answers. */
  send(verb: string, data: unknown): void;
  /** What the gateway tells under this id, until the function given back is called. */
  listen(id: string, take: (data: unknown) => void): () => void;
  /** Frames may have been lost. */
  onReconnect(call: () => void): () => void;
}
