/** `moor` as a child process: the sources, as no build is needed for tests. */

import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Child, startProgram } from './program.ts';

const main = join(import.meta.dirname, '../../packages/cli/src/main.ts');
// Named in full: the child works elsewhere.
const loader = import.meta.resolve('tsx');

/** Its command line, without arguments. */
export const moorProgram: readonly string[] = [
  process.execPath,
  `--import=${loader}`,
  '--conditions=@mooring/source',
  main,
];

export interface MoorDirectory {
  readonly path: string;
  /** Writes a file below it and gives back its path. */
  write(name: string, content: string): string;
  remove(): void;
}

export function moorDirectory(): MoorDirectory {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'moor-test-')));
  return {
    path,
    write(name, content) {
      const file = join(path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
      return file;
    },
    remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }),
  };
}

/** Without the variables of whoever runs the tests. */
export function startMoor(
  args: readonly string[],
  { cwd, env = {} }: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Child {
  const { PATH, HOME, TMPDIR } = process.env;
  const [node = '', ...argv] = moorProgram;
  return startProgram(node, [...argv, ...args], { cwd, env: { PATH, HOME, TMPDIR, ...env } });
}
