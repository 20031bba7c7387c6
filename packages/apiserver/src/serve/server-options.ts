/** What an API server is made with. */

import type { Clock, Cluster, Logger, Random } from '@mooring/core';
import type { TLSOptions } from '../http/http-server.ts';
import type { FeedLimits } from '../resources/stored-resources.ts';
import type { ServerParts } from './server-parts.ts';
import type { SubresourceHandler } from './subresource-handler.ts';

export interface ApiServerOptions {
  /** Whose objects are served. Of `createCluster`, `createAgent` or `createControllers`, in this process. */
  readonly cluster: Cluster;
  /** `127.0.0.1` when not given. */
  readonly host?: string;
  /** Any that is free when not given. */
  readonly port?: number;
  readonly tls?: TLSOptions;
  /** Larger bodies are refused; 3 MiB when not given. */
  readonly bodyBytesMax?: number;
  /** Until the answer of a request that is neither a watch nor a stream; 60 s when not given. */
  readonly requestMsMax?: number;
  readonly watches?: Partial<FeedLimits>;
  /** Takes the place of the built-in handlers of sub-resources. */
  readonly subresources?: (parts: ServerParts) => readonly SubresourceHandler[];
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: Logger;
}
