/** How to reach NATS, from settings and a file of credentials. */

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { errorMessage } from '@mooring/core';
import type { NatsOptions, NatsUser } from '@mooring/core/nats';
import type { Settings } from '../settings/table.ts';
import { UserError } from '../user-error.ts';

export interface NatsSettings {
  readonly options: NatsOptions;
  /** The node that the credentials are for; absent for those of the control plane. */
  readonly node: string | undefined;
}

/** Throws a `UserError` when there is no server to speak to, or the credentials cannot be read. */
export async function natsSettings(settings: Settings, cwd: string): Promise<NatsSettings> {
  const servers = settings['nats.servers'];
  if (servers === undefined)
    throw new UserError('the NATS servers are not set: this part of a cluster meets the others there', {
      next: 'Give --nats-servers nats://HOST:4222, MOOR_NATS_SERVERS, or nats.servers in moor.yaml. For one host alone there is `moor up`.',
    });
  const file = settings['nats.credentials'];
  const { node, ...credentials } = file === undefined ? {} : await readCredentials(file, cwd);
  return { options: { servers, ...credentials, ...given(settings, cwd) }, node };
}

/** As `natsSettings`, for a part that needs the whole store: the servers give that to credentials of a node in pieces only. */
export async function controlPlaneNats(settings: Settings, cwd: string): Promise<NatsOptions> {
  const { options, node } = await natsSettings(settings, cwd);
  if (node === undefined) return options;
  throw new UserError(
    `nats.credentials: ${settings['nats.credentials']} has the credentials of node ${node}`,
    {
      next: 'Controllers and API servers take those of the control plane: control-plane.json.',
    },
  );
}

async function readCredentials(file: string, cwd: string): Promise<NatsUser> {
  const next = 'It is one of those that `npm run nats:config` writes.';
  let value: unknown;
  try {
    value = JSON.parse(await readFile(resolve(cwd, file), 'utf8'));
  } catch (error) {
    throw new UserError(`nats.credentials: ${file} cannot be read: ${errorMessage(error)}`, { next });
  }
  const isUser = typeof value === 'object' && value !== null && ('nkeySeed' in value || 'user' in value);
  if (!isUser) throw new UserError(`nats.credentials: ${file} has neither nkeySeed nor user in it`, { next });
  return value as NatsUser;
}

function given(settings: Settings, cwd: string): Partial<NatsOptions> {
  const path = (file: string | undefined) => (file === undefined ? undefined : resolve(cwd, file));
  const tls = definedOf({
    caFile: path(settings['nats.caFile']),
    certFile: path(settings['nats.certFile']),
    keyFile: path(settings['nats.keyFile']),
  });
  return {
    ...definedOf({
      user: settings['nats.user'],
      password: settings['nats.password'],
      token: settings['nats.token'],
      credsFile: path(settings['nats.credsFile']),
    }),
    ...(Object.keys(tls).length > 0 && { tls }),
  };
}

/** Without what is not given: it would count as given. */
function definedOf<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
