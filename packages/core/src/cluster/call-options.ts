import { didYouMean } from '../api/nearest.ts';
import { MooringError } from '../contract/error.ts';

/** The options of a call: a misspelt one would do nothing, and nobody would notice. Throws `INVALID`. */
export function checkCallOptions<Options extends object>(
  call: string,
  options: Options,
  known: Readonly<Record<keyof Options, boolean>>,
): void {
  const names = Object.keys(known);
  for (const name of Object.keys(options)) {
    if (names.includes(name)) continue;
    throw new MooringError('INVALID', `unknown option ${name} of ${call}${didYouMean(name, names)}`);
  }
}
