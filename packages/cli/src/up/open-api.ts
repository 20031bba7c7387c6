/** The API server of a cluster in this process, and the kubeconfig that leads to it. */

import { createApiServer } from '@mooring/apiserver';
import { type Cluster, errorMessage, type Logger, MooringError } from '@mooring/core';
import { parseListenAddress } from '@mooring/metrics';
import type { CommandContext } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { UserError } from '../user-error.ts';
import { writeKubeconfig } from './write-kubeconfig.ts';

export interface OpenApi {
  readonly url: string;
  close(): Promise<void>;
}

export interface ApiSurroundings {
  readonly cluster: Cluster;
  readonly logger: Logger;
  /** Where the kubeconfig is written. */
  readonly directory: string;
}

/** Prints the line that makes kubectl use it. Rejects with a `UserError` when the address is not to be had. */
export async function openApi(
  { settings, shell }: CommandContext,
  { cluster, logger, directory }: ApiSurroundings,
): Promise<OpenApi> {
  const address = parseListenAddress(settings['api.listen']);
  const { clock } = shell;
  try {
    const server = await createApiServer({ cluster, ...address, clock, logger });
    const file = await writeKubeconfig(directory, { cluster: settings.cluster, server: server.url });
    shell.out.write(`export KUBECONFIG=${file}\n`);
    return server;
  } catch (error) {
    if (!(error instanceof MooringError)) throw error;
    throw new UserError(`api.listen: ${errorMessage(error)}`, {
      exitCode: exitCodes.unavailable,
      next: 'Choose another address with --api-listen; with port 0 any that is free.',
    });
  }
}
