/** Who may use the API: TLS, tokens and certificates of clients, and what each of them may do. */

import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ApiServerOptions } from '@mooring/apiserver';
import { errorMessage, systemRandom } from '@mooring/core';
import { parseListenAddress } from '@mooring/metrics';
import type { CommandContext } from '../command.ts';
import type { SettingKey } from '../settings/table.ts';
import { UserError } from '../user-error.ts';
import { parseAccess } from './parse-access.ts';
import { parseTokens } from './parse-tokens.ts';

export interface ApiSecurity {
  readonly server: Pick<ApiServerOptions, 'tls' | 'tokens' | 'access'>;
  /** What the kubeconfig needs for it; absent where everybody may do everything. */
  readonly client?: { readonly ca: string; readonly token: string };
}

/**
 * Without a certificate the server is open, and for this host only. With one there is a token of the administrator's in
 * `directory`, kept over restarts. Throws a `UserError`.
 */
export async function apiSecurity(context: CommandContext, directory: string): Promise<ApiSecurity> {
  const { settings } = context;
  const cert = await fileOf(context, 'api.tlsCert');
  const key = await fileOf(context, 'api.tlsKey');
  if (cert === undefined || key === undefined) {
    refuseLone(context);
    return { server: {} };
  }
  const clientCA = await fileOf(context, 'api.clientCA');
  const tokens = await fileOf(context, 'api.tokens');
  const named = tokens === undefined ? [] : parseTokens(tokens, String(settings['api.tokens']));
  const token = await adminToken(directory);
  const admin = { token, name: 'admin', groups: ['system:masters'] };
  return {
    server: {
      tls: { cert, key, ...(clientCA !== undefined && { clientCA }) },
      tokens: [admin, ...named],
      access: parseAccess(settings['api.access']),
    },
    client: { ca: (await fileOf(context, 'api.ca')) ?? cert, token },
  };
}

/** What is of use with a certificate only must not be taken for protection. */
function refuseLone({ settings, origins }: CommandContext): void {
  const { host } = parseListenAddress(settings['api.listen']);
  if (!/^(?:127\.|::1$|localhost$)/.test(host))
    throw new UserError(
      `api.listen: others reach ${settings['api.listen']}, so the API needs a certificate there`,
      {
        next: 'Give --api-tls-cert FILE --api-tls-key FILE, or an address of this host: 127.0.0.1:6443.',
      },
    );
  const keys = ['api.tlsCert', 'api.tlsKey', 'api.clientCA', 'api.tokens', 'api.ca'] as const;
  const lone = keys.find((key) => settings[key] !== undefined);
  if (lone === undefined) return;
  throw new UserError(`${origins[lone] ?? lone}: ${lone} needs api.tlsCert and api.tlsKey`, {
    next: 'Give both of them: --api-tls-cert FILE --api-tls-key FILE.',
  });
}

type FileKey = Extract<SettingKey, 'api.tlsCert' | 'api.tlsKey' | 'api.clientCA' | 'api.tokens' | 'api.ca'>;

async function fileOf(
  { settings, origins, shell }: CommandContext,
  key: FileKey,
): Promise<string | undefined> {
  const file = settings[key];
  if (file === undefined) return undefined;
  try {
    return await readFile(resolve(shell.cwd, file), 'utf8');
  } catch (error) {
    throw new UserError(`${origins[key] ?? key}: ${file} cannot be read: ${errorMessage(error)}`, {
      next: 'Name a file that is there and that moor may read.',
    });
  }
}

async function adminToken(directory: string): Promise<string> {
  const path = join(directory, 'admin.token');
  try {
    const known = (await readFile(path, 'utf8')).trim();
    if (known !== '') return known;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const token = `${systemRandom.uuid()}${systemRandom.uuid()}`.replaceAll('-', '');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(path, `${token}\n`, { mode: 0o600 });
  await chmod(path, 0o600);
  return token;
}
