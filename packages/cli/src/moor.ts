/** moor from its first word to its exit code. */

import type { CommandContext } from './command.ts';
import { allCommands } from './commands/all-commands.ts';
import { exitCodes } from './exit-codes.ts';
import { habitHint } from './habits.ts';
import { interruptedCode } from './interrupts.ts';
import { journalPrefix } from './journal.ts';
import { type ColourChoice, isColourful, painter } from './output/paint.ts';
import { type Invocation, parseCommandLine } from './program.ts';
import { settingsHelp } from './settings/settings-help.ts';
import type { Shell } from './shell.ts';
import { reportError } from './user-error.ts';
import { version } from './version.ts';

/** Resolves with the exit code; never rejects. What goes wrong is told on standard error. */
export async function runMoor(argv: readonly string[], shell: Shell): Promise<number> {
  try {
    if (argv[0] === 'help' && argv[1] === 'settings') {
      shell.out.write(settingsHelp());
      return 0;
    }
    const words = argv.length === 0 ? ['--help'] : isHelpOfNothing(argv) ? argv.slice(1, 2) : argv;
    const invocation = await parseCommandLine(words, { version, commands: allCommands, shell });
    if (typeof invocation === 'number') {
      const hint = invocation === exitCodes.ok ? undefined : habitHint(words);
      if (hint !== undefined) shell.err.write(`${hint}\n`);
      return invocation;
    }
    return await invocation.command.run(await contextOf(invocation, shell));
  } catch (error) {
    // What an interruption leads to is no error.
    if (shell.interrupts.gentle.aborted && error === shell.interrupts.gentle.reason)
      return interruptedCode(shell.interrupts);
    const { lines, exitCode } = reportError(error, (shell.env['MOOR_DEBUG'] ?? '') !== '');
    const mark = shell.err.isJournal ? journalPrefix('error') : '';
    for (const line of lines) shell.err.write(`${mark}${line}\n`);
    return exitCode;
  }
}

/** What is no command is complained of as if it were called: with what may have been meant. */
function isHelpOfNothing([command, of]: readonly string[]): boolean {
  return (
    command === 'help' && of !== undefined && of !== 'help' && !allCommands.some(({ name }) => name === of)
  );
}

async function contextOf(invocation: Invocation, shell: Shell): Promise<CommandContext> {
  const { options, args, settingFlags } = invocation;
  // Here, so that a help text is not kept waiting by what reads configuration.
  const { findConfigFile } = await import('./settings/find-file.ts');
  const { resolveSettings } = await import('./settings/resolve.ts');
  const given = options['config'];
  const file = await findConfigFile(typeof given === 'string' ? given : undefined, shell);
  const { settings, origins, warnings } = resolveSettings({ flags: settingFlags, env: shell.env, file });
  const say = (line: string) => void shell.err.write(`${line}\n`);
  for (const warning of warnings) say(`moor: ${warning}`);
  const choice = (options['color'] ?? 'auto') as ColourChoice;
  const { clock, err } = shell;
  return {
    ...{ shell, args, options, settings, origins, say },
    paint: painter(isColourful(err, shell.env, choice)),
    paintOut: painter(isColourful(shell.out, shell.env, choice)),
    log: async (quietest) => {
      // Most commands say nothing by it.
      const { createLog } = await import('./log.ts');
      return createLog(err, { level: settings.logLevel ?? quietest, format: settings.logFormat, clock });
    },
  };
}
