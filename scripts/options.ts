/** The command line of a script. What cannot be understood ends it with 2, in two lines instead of a stack. */

import { type ParseArgsConfig, parseArgs } from 'node:util';

export function optionsOf<const T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    const isTheirs =
      error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
    if (!isTheirs) throw error;
    const known = Object.keys(config.options ?? {}).map((name) => `--${name}`);
    console.error(`${error.message}\nThe options are ${known.join(', ')}.`);
    return process.exit(2);
  }
}
