import type { Cluster } from '@mooring/core';
import { withDeadline } from '@mooring/core';
import type { CommandContext } from '../command.ts';
import type { Settings } from '../settings/table.ts';

/** What becomes of the pods when their agent ends: they run on for its successor, or they are stopped. */
export async function endCluster(cluster: Cluster, onExit: Settings['onExit']): Promise<void> {
  if (onExit === 'stop') await cluster.close();
  else await cluster.detach();
}

const listMsMax = 5000;
/** For what comes before the stop signals and after the last kill. */
const slackMs = 30_000;
const usualGraceSeconds = 30;

/** How long `endCluster` may take, ms: the longest grace period there is. `undefined` where nothing is stopped, or nobody knows. */
export async function endMsMax(
  { shell: { clock }, settings }: Pick<CommandContext, 'shell' | 'settings'>,
  cluster: Pick<Cluster, 'list' | 'nodes'>,
): Promise<number | undefined> {
  if (settings.onExit !== 'stop') return undefined;
  try {
    const pods = await withDeadline(clock, listMsMax, undefined, 'listing pods', () => cluster.list('Pod'));
    const graces = pods
      .filter(({ spec }) => cluster.nodes.includes(spec.nodeName ?? ''))
      .map(({ spec }) => spec.terminationGracePeriodSeconds ?? usualGraceSeconds);
    return Math.max(0, ...graces) * 1000 + slackMs;
  } catch {
    // The store does not answer, which is no reason not to stop.
    return undefined;
  }
}
