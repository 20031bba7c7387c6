import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A program of this folder, `agent.ts`, in a process of its own that ends with this one. Resolves once it is up. */
export async function startTarget(
  name: string,
  ...args: readonly (string | number)[]
): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, name), args.map(String), {
    execArgv: name.endsWith('.ts') ? ['--import', 'tsx'] : [],
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
