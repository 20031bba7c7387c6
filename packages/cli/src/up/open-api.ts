/** The API server of a cluster in this process, and the kubeconfig that leads to it. */

import { createApiServer } from '@mooring/apiserver';
import { type Cluster, errorMessage, type Logger, MooringError } from '@mooring/core';
import { parseListenAddress } from '@mooring/metrics';
import type { CommandContext } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { UserError } from '../user-error.ts';
import type { ApiSecurity } from './api-security.ts';
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
  readonly security: ApiSecurity;
}

/** Prints the line that makes kubectl use it. Rejects with a `UserError` when the address is not to be had. */
export async function openApi(
  context: CommandContext,
  { cluster, logger, directory, security }: ApiSurroundings,
): Promise<OpenApi> {
  const { settings, shell } = context;
  const address = parseListenAddress(settings['api.listen']);
  const { clock } = shell;
  try {
    const server = await createApiServer({ cluster, ...address, ...security.server, clock, logger });
    // What listens everywhere is reached here by an address of this host.
    const url = server.url.replace('//0.0.0.0:', '//127.0.0.1:');
    const facts = { cluster: settings.cluster, server: url };
    const { client } = security;
    const file = await writeKubeconfig(directory, { ...facts, ...(client !== undefined && { client }) });
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
