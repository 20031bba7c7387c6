/** Where the API is and who asks: the current context of a kubeconfig. */

import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { errorMessage } from '@mooring/core';
import { parse } from 'yaml';
import { stateDirectory } from '../daemon/state-directory.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Shell } from '../shell.ts';
import { UserError } from '../user-error.ts';

export interface ApiAccess {
  readonly server: string;
  readonly namespace: string;
  readonly ca?: string;
  readonly isInsecure: boolean;
  readonly token?: string;
  readonly certificate?: string;
  readonly key?: string;
}

interface Named {
  readonly name?: string;
}
interface ClusterEntry extends Named {
  readonly cluster?: {
    readonly server?: string;
    readonly 'certificate-authority'?: string;
    readonly 'certificate-authority-data'?: string;
    readonly 'insecure-skip-tls-verify'?: boolean;
  };
}
interface UserEntry extends Named {
  readonly user?: {
    readonly token?: string;
    readonly tokenFile?: string;
    readonly 'client-certificate'?: string;
    readonly 'client-certificate-data'?: string;
    readonly 'client-key'?: string;
    readonly 'client-key-data'?: string;
    readonly exec?: object;
  };
}
interface ContextEntry extends Named {
  readonly context?: { readonly cluster?: string; readonly user?: string; readonly namespace?: string };
}
interface Kubeconfig {
  readonly clusters?: readonly ClusterEntry[];
  readonly users?: readonly UserEntry[];
  readonly contexts?: readonly ContextEntry[];
  readonly 'current-context'?: string;
}

/**
 * The first of: the file given, `KUBECONFIG`, that of `moor up` on this host, `~/.kube/config`. Throws a `UserError` when
 * there is none, or it leads nowhere.
 */
export async function findApi(
  given: { readonly file: string | undefined; readonly context: string | undefined },
  shell: Pick<Shell, 'env' | 'cwd'>,
): Promise<ApiAccess> {
  const { path, text } = await findFile(given.file, shell);
  const config = parseConfig(path, text);
  const name = given.context ?? config['current-context'] ?? '';
  const context = config.contexts?.find((one) => one.name === name)?.context;
  if (context === undefined) throw unusable(path, `it has no context ${JSON.stringify(name)}`);
  const cluster = config.clusters?.find((one) => one.name === context.cluster)?.cluster;
  if (cluster?.server === undefined)
    throw unusable(path, `its context ${name} names a cluster without a server`);
  if (!URL.canParse(cluster.server) || !/^https?:/i.test(cluster.server))
    throw unusable(path, `its server ${JSON.stringify(cluster.server)} is no URL such as https://HOST:6443`);
  const user = config.users?.find((one) => one.name === context.user)?.user ?? {};
  if (user.exec !== undefined) throw unusable(path, 'credentials from a program (exec) are not supported');
  const read = fileReader(path);
  const ca = await read(cluster['certificate-authority-data'], cluster['certificate-authority']);
  const certificate = await read(user['client-certificate-data'], user['client-certificate']);
  const key = await read(user['client-key-data'], user['client-key']);
  const token = user.token ?? (await read(undefined, user.tokenFile))?.trim();
  return {
    server: cluster.server,
    namespace: context.namespace ?? 'default',
    isInsecure: cluster['insecure-skip-tls-verify'] === true,
    ...(ca !== undefined && { ca }),
    ...(certificate !== undefined && { certificate }),
    ...(key !== undefined && { key }),
    ...(token !== undefined && { token }),
  };
}

async function findFile(file: string | undefined, { env, cwd }: Pick<Shell, 'env' | 'cwd'>) {
  const named = file === undefined ? (env['KUBECONFIG'] ?? '').split(':').filter(Boolean) : [file];
  const usual = [
    join(stateDirectory(undefined, { env, cwd }), 'kubeconfig'),
    join(env['HOME'] || homedir(), '.kube/config'),
  ];
  const places = (named.length > 0 ? named : usual).map((one) => resolve(cwd, one));
  for (const path of places) {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw unusable(path, `it cannot be read: ${errorMessage(error)}`);
    });
    if (text !== undefined) return { path, text };
  }
  throw new UserError(`there is no kubeconfig: looked for ${places.join(', ')}`, {
    exitCode: exitCodes.unavailable,
    next: '`moor up` writes one and prints where; name it with --kubeconfig or KUBECONFIG.',
  });
}

function parseConfig(path: string, text: string): Kubeconfig {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw unusable(path, errorMessage(error));
  }
  if (typeof value !== 'object' || value === null) throw unusable(path, 'it is empty');
  const config = value as Kubeconfig;
  for (const field of ['clusters', 'users', 'contexts'] as const)
    if (!Array.isArray(config[field] ?? [])) throw unusable(path, `${field}: must be a list`);
  return config;
}

/** Data in the file itself is base64; the names of files start from the directory of the kubeconfig. */
function fileReader(path: string) {
  return async (data: string | undefined, file: string | undefined): Promise<string | undefined> => {
    if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
    if (file === undefined) return undefined;
    try {
      return await readFile(resolve(dirname(path), file), 'utf8');
    } catch (error) {
      throw unusable(path, `${file} cannot be read: ${errorMessage(error)}`);
    }
  };
}

function unusable(path: string, why: string): UserError {
  return new UserError(`kubeconfig ${path}: ${why}`, {
    next: 'Correct it, or name another one with --kubeconfig.',
  });
}
