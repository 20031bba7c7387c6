import type { Cluster } from '@mooring/core';
import type { Settings } from '../settings/table.ts';

/** What becomes of the pods when their agent ends: they run on for its successor, or they are stopped. */
export async function endCluster(cluster: Cluster, onExit: Settings['onExit']): Promise<void> {
  if (onExit === 'stop') await cluster.close();
  else await cluster.detach();
}
