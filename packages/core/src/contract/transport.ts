/** What carries objects and messages between the processes of a cluster. */

import type { Bus } from './bus.ts';
import type { Clock, Random } from './clock.ts';
import type { Logger } from './logger.ts';
import type { Store } from './store.ts';

export interface TransportContext {
  /** Name of the cluster: several may share the same servers. */
  readonly cluster: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Disposing of it closes both and their connections. */
export interface OpenTransport extends AsyncDisposable {
  readonly bus: Bus;
  readonly store: Store;
}

export interface Transport {
  /** Says where it leads, for people: `nats://10.0.0.1:4222`. */
  readonly name: string;
  /** Rejects with `TRANSPORT_UNAVAILABLE`, `TRANSPORT_REFUSED` or `STORE_MISSING`. */
  open(context: TransportContext): Promise<OpenTransport>;
}
