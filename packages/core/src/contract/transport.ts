/** What carries objects and messages between the processes of a cluster. */

import type { Bus } from './bus.ts';
import type { Clock, Random } from './clock.ts';
import type { Logger } from './logger.ts';
import type { Store } from './store.ts';

/** What a transport may know of the process that opens it. */
export interface TransportContext {
  /** Name of the cluster: several may share the same servers. */
  readonly cluster: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** The process runs pods, so it may be that of a host that others get into. */
  readonly runsNodes?: boolean;
  /** Where the transport may keep what survives this process. Absent: nothing does. */
  readonly dataDir?: string;
}

/** Disposing of it closes both and their connections. */
export interface OpenTransport extends AsyncDisposable {
  readonly bus: Bus;
  readonly store: Store;
  /** What one process of the cluster has to do for the store; runs until the signal aborts, and does not reject. */
  upkeep?(signal: AbortSignal): Promise<void>;
}

/** How processes of one cluster reach each other and their store: `nats(...)` of `@mooring/core/nats` is one. */
export interface Transport {
  /** Says where it leads, for people: `nats://10.0.0.1:4222`. */
  readonly name: string;
  /** Rejects with `TRANSPORT_UNAVAILABLE`, `TRANSPORT_REFUSED`, `STORE_MISSING` or `STORE_LOST`. */
  open(context: TransportContext): Promise<OpenTransport>;
}
