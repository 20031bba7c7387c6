import { mkdirSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Lets programs whose `TMPDIR` is this folder find what tsx has transpiled for others: without it each of them transpiles all
 * sources again, which takes seconds.
 */
export function shareTranspiled(folder: string): void {
  const name = `tsx-${process.getuid?.() ?? 0}`;
  const cache = join(tmpdir(), name);
  mkdirSync(cache, { recursive: true });
  symlinkSync(cache, join(folder, name));
}
