import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Environment } from '../shell.ts';

/**
 * Where a daemon keeps its state: as it was told, else where systemd says, else `/var/lib/moor` for root, and a directory
 * of the user's for everybody else.
 */
export function stateDirectory(
  given: string | undefined,
  { env, cwd }: { readonly env: Environment; readonly cwd: string },
): string {
  if (given !== undefined) return resolve(cwd, given);
  const [ofSystemd] = (env['STATE_DIRECTORY'] ?? '').split(':');
  if (ofSystemd) return ofSystemd;
  if (process.getuid?.() === 0) return '/var/lib/moor';
  return join(env['XDG_STATE_HOME'] || join(env['HOME'] || homedir(), '.local/state'), 'moor');
}
