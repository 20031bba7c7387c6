/** `moor controllers`: controllers and scheduler of a cluster, and the gateway of its isolated nodes. */

import { createControllers, type Logger, systemRandom } from '@mooring/core';
import { installNatsStore, nats, serveNodes } from '@mooring/core/nats';
import type { CommandContext } from '../command.ts';
import { probers } from '../plugins.ts';
import { controlPlaneNats } from './nats-settings.ts';
import { runDaemon } from './run-daemon.ts';

export async function runControllers(context: CommandContext): Promise<number> {
  const { settings, shell, say } = context;
  const options = await controlPlaneNats(settings, shell.cwd);
  const { cluster, preset } = settings;
  return await runDaemon(context, async ({ logger, instruments }) => {
    if (settings['nats.install']) {
      await installNatsStore({ ...options, cluster, replicas: settings['nats.replicas'] });
      say(`the bucket of cluster ${cluster} is there`);
    }
    const transport = nats(options);
    const { dataDir } = settings;
    const controllers = await createControllers({
      plugins: instruments.plugins(probers()),
      carriers: instruments.carriers,
      name: cluster,
      transport,
      preset,
      clock: shell.clock,
      logger,
      ...(dataDir !== undefined && { dataDir }),
    });
    instruments.watch(controllers);
    const gateway = settings['controllers.serveNodes']
      ? await openGateway(context, options, logger)
      : undefined;
    return {
      what: `controllers of cluster ${cluster}`,
      checks: [instruments.storeCheck],
      async end() {
        await gateway?.[Symbol.asyncDispose]();
        await controllers.close();
      },
    };
  });
}

/** Isolated nodes reach the store through it. It has connections of its own. */
async function openGateway(
  { settings: { cluster }, shell: { clock } }: CommandContext,
  options: Parameters<typeof nats>[0],
  logger: Logger,
): Promise<AsyncDisposable> {
  const parts = { cluster, clock, random: systemRandom, logger };
  const carriers = await nats(options).open(parts);
  try {
    const { store, bus } = carriers;
    const gateway = await serveNodes({ ...options, ...parts, store, bus });
    return {
      async [Symbol.asyncDispose]() {
        await gateway[Symbol.asyncDispose]();
        await carriers[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await carriers[Symbol.asyncDispose]();
    throw error;
  }
}
