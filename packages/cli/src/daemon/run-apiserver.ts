/** `moor apiserver`: the Kubernetes API over a cluster whose parts meet on NATS. */

import { createControllers } from '@mooring/core';
import { nats } from '@mooring/core/nats';
import type { CommandContext } from '../command.ts';
import { probers } from '../plugins.ts';
import { apiSecurity } from '../up/api-security.ts';
import { openApi } from '../up/open-api.ts';
import { controlPlaneNats } from './nats-settings.ts';
import { runDaemon } from './run-daemon.ts';
import { stateDirectory } from './state-directory.ts';

export async function runApiServer(context: CommandContext): Promise<number> {
  const { settings, shell } = context;
  const options = await controlPlaneNats(settings, shell.cwd);
  const directory = stateDirectory(settings.dataDir, shell);
  // Mistakes in it are told before anything begins.
  const security = await apiSecurity(context, directory);
  return await runDaemon(context, async ({ logger, instruments }) => {
    const client = await createControllers({
      plugins: instruments.plugins(probers()),
      carriers: instruments.carriers,
      name: settings.cluster,
      transport: nats(options),
      preset: settings.preset,
      controllers: false,
      scheduler: false,
      clock: shell.clock,
      logger,
    });
    instruments.watch(client);
    try {
      const api = await openApi(context, { cluster: client, logger, directory, security });
      return {
        what: `API server of cluster ${settings.cluster}`,
        checks: [instruments.storeCheck],
        async end() {
          await api.close();
          await client.close();
        },
      };
    } catch (error) {
      await client.close();
      throw error;
    }
  });
}
