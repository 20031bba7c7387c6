/** `moor install-service`: writes the unit, or shows it. */

import { constants } from 'node:fs';
import { access, chmod, mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { errorMessage } from '@mooring/core';
import type { CommandContext } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Environment } from '../shell.ts';
import { UserError } from '../user-error.ts';
import { type ServiceName, serviceNames, unitText } from './unit-text.ts';

const unitDirectory = '/etc/systemd/system';
const usualConfig = '/etc/moor/moor.yaml';

/**
 * Small collections of garbage that take a millisecond each, and few large ones: nearly all that an API server makes is
 * gone with its request, and what stays comes slowly. `npm run bench -- api-creates` shows what that saves.
 */
const apiServerHeap = ['--max-semi-space-size=4', '--heap-growing-percent=300'];

export async function installService(context: CommandContext): Promise<number> {
  const { shell, args, options, say } = context;
  const service = serviceOf(args[0] ?? '');
  const isOfUser = options['user'] === true;
  const text = unitText({ service, isOfUser, command: ownCommand(service), config: await configOf(context) });
  if (options['print'] === true) {
    shell.out.write(text);
    return exitCodes.ok;
  }
  const given = options['directory'];
  const usual = isOfUser ? directoryOfUser(shell.env) : unitDirectory;
  const directory = typeof given === 'string' ? resolve(shell.cwd, given) : usual;
  const path = join(directory, `moor-${service}.service`);
  try {
    if (isOfUser) await mkdir(directory, { recursive: true });
    await writeFile(path, text, { mode: 0o644 });
    await chmod(path, 0o644);
  } catch (error) {
    throw new UserError(`${path} cannot be written: ${errorMessage(error)}`, {
      exitCode: exitCodes.failed,
      next: `${nextStep(error, isOfUser)}, or print the unit with --print and put it where it belongs.`,
    });
  }
  const systemctl = isOfUser ? 'systemctl --user' : 'systemctl';
  say(`wrote ${path}`);
  say(`next: ${systemctl} daemon-reload && ${systemctl} enable --now moor-${service}`);
  if (isOfUser) say('and, for it to run while you are not logged in: loginctl enable-linger');
  return exitCodes.ok;
}

/** As systemd looks for units of a user. */
function directoryOfUser(env: Environment): string {
  return join(env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config'), 'systemd/user');
}

function serviceOf(name: string): ServiceName {
  const found = serviceNames.find((known) => known === name);
  if (found !== undefined) return found;
  throw new UserError(`there is no service ${JSON.stringify(name)}`, {
    next: `It is one of ${serviceNames.join(', ')}.`,
  });
}

/** The file that was named, which has to be there; the usual one where it is there. */
async function configOf({ shell, options }: CommandContext): Promise<string | undefined> {
  const given = options['config'];
  if (typeof given === 'string') return resolve(shell.cwd, given);
  // That of a user starts in the home, where it looks for one first.
  if (options['user'] === true) return undefined;
  const isThere = await access(usualConfig, constants.R_OK).then(
    () => true,
    // Everything has a default, or comes from the environment of the unit.
    () => false,
  );
  return isThere ? usualConfig : undefined;
}

/** How this program was started, without what only a shell or a loader added. */
function ownCommand(service: ServiceName): readonly string[] {
  const heap = service === 'apiserver' ? apiServerHeap : [];
  // Of two that say otherwise the last one counts.
  return [process.execPath, ...heap, ...process.execArgv, resolve(process.argv[1] ?? '')];
}

function nextStep(error: unknown, isOfUser: boolean): string {
  if (isOfUser) return 'Name another directory with --directory';
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
    ? 'Make that directory first, name another one with --directory'
    : 'Run it as root, take --user for a service of yours';
}
