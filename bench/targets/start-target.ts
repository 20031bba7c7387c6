import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A program of this folder in a process of its own, which ends with the one that asks; resolves once it is up. */
export async function startTarget(
  name: string,
  ...args: readonly (string | number)[]
): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, `${name}.ts`), args.map(String), {
    execArgv: ['--import', 'tsx'],
  });
  const up = new AbortController();
  const { signal } = up;
  try {
    await Promise.race([
      once(child, 'message', { signal }),
      once(child, 'exit', { signal }).then(([code]) => {
        throw new Error(`${name} ended with code ${code}`);
      }),
    ]);
    return child;
  } finally {
    up.abort();
  }
}
