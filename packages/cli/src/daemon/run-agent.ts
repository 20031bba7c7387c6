/** `moor agent`: a node of a cluster whose parts meet on NATS. */

import { createAgent } from '@mooring/core';
import { nats } from '@mooring/core/nats';
import type { CommandContext } from '../command.ts';
import { probers, runtimePlugin } from '../plugins.ts';
import { UserError } from '../user-error.ts';
import { runtimeChecks } from './checks.ts';
import { endCluster, endMsMax } from './end-cluster.ts';
import { nameLost } from './name-lost.ts';
import { natsSettings } from './nats-settings.ts';
import { nodeOptions } from './node-settings.ts';
import { runDaemon } from './run-daemon.ts';
import { stateDirectory } from './state-directory.ts';

export async function runAgent(context: CommandContext): Promise<number> {
  const { settings, shell } = context;
  const { options, node: credentialsNode } = await natsSettings(settings, shell.cwd);
  const node = nodeOptions(settings, shell.cwd, credentialsNode);
  const mode = modeOf(context, node.name, credentialsNode);
  return await runDaemon(context, async ({ logger, instruments }) => {
    const agent = await createAgent({
      ...node,
      cluster: settings.cluster,
      plugins: instruments.plugins([...probers(), await runtimePlugin(settings, 'agent')]),
      carriers: instruments.carriers,
      preset: settings.preset,
      dataDir: stateDirectory(settings.dataDir, shell),
      transport: nats({ ...options, mode }),
      clock: shell.clock,
      logger,
    });
    instruments.watch(agent);
    return {
      what: `agent of node ${node.name}`,
      checks: [...runtimeChecks(agent), instruments.storeCheck],
      failure: nameLost(agent),
      endMsMax: () => endMsMax(context, agent),
      end: () => endCluster(agent, settings.onExit),
    };
  });
}

/** Credentials of a node are good for isolated mode, and for that node, only. */
function modeOf({ settings, origins }: CommandContext, node: string, credentialsNode: string | undefined) {
  const mode = settings['nats.mode'];
  if (credentialsNode === undefined) {
    if (mode === 'trusted') return mode;
    return { isolated: { node } };
  }
  if (credentialsNode !== node)
    throw new UserError(
      `the credentials are those of node ${credentialsNode}, and this one is named ${node}`,
      {
        next: `Leave out ${origins.node ?? 'the name'}, or take the credentials of ${node}.`,
      },
    );
  if (mode === 'trusted' && origins['nats.mode'] !== undefined)
    throw new UserError(`nats.mode: the credentials of node ${node} are for isolated mode`, {
      next: `Set it to isolated, or leave it out (${origins['nats.mode']}).`,
    });
  return { isolated: { node } };
}
