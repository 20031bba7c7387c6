/** What an API server is made with. */

import type { Clock, Cluster, Logger, Random } from '@mooring/core';
import type { TokenUser } from '../auth/authenticate.ts';
import type { AccessRule } from '../auth/roles.ts';
import type { TLSOptions } from '../http/http-server.ts';
import type { FeedLimits } from '../resources/stored-resources.ts';
import type { ServerParts } from './server-parts.ts';
import type { SubresourceHandler } from './subresource-handler.ts';

/** Options of `createApiServer`: what it serves, where it listens, and who may do what. */
export interface ApiServerOptions {
  /** Whose objects are served. Of `createCluster`, `createAgent` or `createControllers`, in this process. */
  readonly cluster: Cluster;
  /** `127.0.0.1` when not given. */
  readonly host?: string;
  /** Any that is free when not given. */
  readonly port?: number;
  /** Required for every address but those of this host alone. */
  readonly tls?: TLSOptions;
  /** Whom the server knows by a token. Without any, and without `tls.clientCA`, everybody may do everything. */
  readonly tokens?: readonly TokenUser[];
  /** Who may do what, beside `system:masters` (everything) and `system:nodes` (what an agent needs). */
  readonly access?: readonly AccessRule[];
  /** Larger bodies are refused; 3 MiB when not given. */
  readonly bodyBytesMax?: number;
  /** Until the answer of a request that is neither a watch nor a stream; 60 s when not given. */
  readonly requestMsMax?: number;
  /** Requests that are served at the same time, watches and streams apart; 1000 when not given. */
  readonly requestsMax?: number;
  readonly watches?: Partial<FeedLimits>;
  /** Takes the place of the built-in handlers of sub-resources. */
  readonly subresources?: (parts: ServerParts) => readonly SubresourceHandler[];
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: Logger;
}
