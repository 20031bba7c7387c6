/** `moor up`: a whole cluster on this host, with a store that outlives it and the Kubernetes API. */

import { createCluster } from '@mooring/core';
import type { CommandContext } from '../command.ts';
import { runtimeChecks } from '../daemon/checks.ts';
import { endCluster, endMsMax } from '../daemon/end-cluster.ts';
import { nodeOptions } from '../daemon/node-settings.ts';
import { runDaemon } from '../daemon/run-daemon.ts';
import { stateDirectory } from '../daemon/state-directory.ts';
import { probers, runtimePlugin } from '../plugins.ts';
import { apiSecurity } from './api-security.ts';
import { openApi } from './open-api.ts';

export async function runUp(context: CommandContext): Promise<number> {
  const { settings, shell } = context;
  const directory = stateDirectory(settings.dataDir, shell);
  const node = nodeOptions(settings, shell.cwd);
  // Mistakes in it are told before anything begins.
  const security = await apiSecurity(context, directory);
  return await runDaemon(context, async ({ logger, instruments }) => {
    const cluster = await createCluster({
      name: settings.cluster,
      nodes: [node],
      plugins: instruments.plugins([...probers(), await runtimePlugin(settings, 'up')]),
      carriers: instruments.carriers,
      preset: settings.preset,
      dataDir: directory,
      clock: shell.clock,
      logger,
    });
    instruments.watch(cluster);
    try {
      const api = await openApi(context, { cluster, logger, directory, security });
      return {
        what: `cluster ${settings.cluster} in ${directory}, at ${api.url},`,
        checks: [...runtimeChecks(cluster), instruments.storeCheck],
        endMsMax: () => endMsMax(context, cluster),
        async end() {
          await api.close();
          await tellWhatRuns(context, cluster);
          await endCluster(cluster, settings.onExit);
        },
      };
    } catch (error) {
      await cluster.detach();
      throw error;
    }
  });
}

async function tellWhatRuns(
  { settings, say }: CommandContext,
  cluster: Awaited<ReturnType<typeof createCluster>>,
): Promise<void> {
  const pods = await cluster.list('Pod');
  const running = pods.filter(({ status }) => status?.phase === 'Running').length;
  if (running === 0) return;
  const [count, verb] = running === 1 ? ['1 pod', 'runs'] : [`${running} pods`, 'run'];
  say(
    settings.onExit === 'stop'
      ? `stopping ${count} with their grace periods`
      : `${count} ${verb} on: \`moor up\` finds them again, with --on-exit stop they end with it`,
  );
}
