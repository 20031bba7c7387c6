/** What those who serve requests have to work with. */

import type { Clock, Cluster, Logger, Random } from '@mooring/core';

/** What handlers of sub-resources have at hand. */
export interface ServerParts {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Aborts when the server closes. */
  readonly signal: AbortSignal;
}
