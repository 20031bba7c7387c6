import { didYouMean } from '../api/nearest.ts';
import { MooringError } from '../contract/error.ts';

/**
 * The options of a call: a misspelt one would do nothing, and nobody would notice; one of another type would fail only when it
 * is needed. Throws `INVALID`.
 */
export function checkCallOptions<Options extends object>(
  call: string,
  options: Options,
  known: Readonly<Record<keyof Options, boolean>>,
): void {
  // Whoever writes without types may give anything, such as the signal itself, which has no fields of its own.
  if (!isRecord(options)) throw invalid(`the options of ${call} must be an object with fields`);
  const names = Object.keys(known);
  for (const [name, value] of Object.entries(options)) {
    if (!names.includes(name)) throw invalid(`unknown option ${name} of ${call}${didYouMean(name, names)}`);
    if (name === 'signal' && value !== undefined && !isSignal(value))
      throw invalid(`signal of ${call}: must be an AbortSignal`);
    if (name === 'timeoutMs' && value !== undefined && !(typeof value === 'number' && value >= 0))
      throw invalid(`timeoutMs of ${call}: ${String(value)} is no number of milliseconds`);
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isSignal(value);
}

/** By its looks: there are other implementations than that of Node. */
function isSignal(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return 'aborted' in value && 'addEventListener' in value && typeof value.addEventListener === 'function';
}

function invalid(words: string): MooringError {
  return new MooringError('INVALID', words);
}
