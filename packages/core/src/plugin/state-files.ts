/** Small JSON files that must be whole whenever another process, or the next life of this one, reads them. */

import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/**
 * Synchronous on purpose: 60 microseconds on a local disk, where four hops through the thread pool take longer. No
 * fsync: after a power failure the processes that these files speak of are gone as well.
 */
export function writeState(path: string, value: object): void {
  const temporary = `${path}.new`;
  writeFileSync(temporary, JSON.stringify(value), { mode: 0o600 });
  renameSync(temporary, path);
}

/** `undefined` for a file that is missing or cannot be read as JSON: the caller looks at the world instead. */
export function readState<T extends object>(path: string): T | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    // What lies here was written by this package; a file of a later format is in a directory of its own.
    return typeof value === 'object' && value !== null ? (value as T) : undefined;
  } catch {
    return undefined;
  }
}
