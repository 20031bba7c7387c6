/** The end of `moor run`: its pods are stopped. */

import { type Cluster, errorMessage, sleep } from '@mooring/core';
import type { CommandContext } from '../command.ts';
import { aborted } from '../interrupts.ts';
import type { Screen } from './screen.ts';

const killMsMax = 10_000;

/** With grace periods and hooks; at once when it is asked for twice. */
export async function stopRun(
  { shell, paint }: Pick<CommandContext, 'shell' | 'paint'>,
  cluster: Pick<Cluster, 'close' | 'list' | 'delete' | 'nodes' | 'runtimeHealth'>,
  screen: Pick<Screen, 'words'>,
): Promise<void> {
  const { gentle, hard } = shell.interrupts;
  if (gentle.aborted) screen.words(paint('waiting', 'Stopping. Ctrl-C once more ends everything at once.'));
  const closed = cluster.close().then(() => 'closed' as const);
  const end = await Promise.race([closed, aborted(hard).then(() => 'at once' as const)]);
  if (end !== 'at once') return;
  await cutShort(cluster, screen);
  if ((await Promise.race([closed, sleep(shell.clock, killMsMax)])) === 'closed') return;
  const why = cluster.nodes.map((name) => cluster.runtimeHealth(name)?.message ?? '').find(Boolean);
  const words = `What does not answer is left as it is, and may be running${why === undefined ? '' : `: ${why}`}`;
  screen.words(paint('bad', words));
}

/** No pod has more than a second left: what ignores its stop signal is killed then. */
async function cutShort(
  cluster: Pick<Cluster, 'list' | 'delete'>,
  screen: Pick<Screen, 'words'>,
): Promise<void> {
  try {
    const pods = await cluster.list('Pod');
    const shortened = pods.map(({ metadata: { namespace, name } }) =>
      cluster.delete('Pod', namespace, name, { gracePeriodSeconds: 1 }),
    );
    await Promise.allSettled(shortened);
  } catch (error) {
    // The cluster was faster.
    screen.words(`moor: ${errorMessage(error)}`);
  }
}
