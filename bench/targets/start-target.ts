import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/**
 * A program of this folder, `agent.mjs` or `agent.ts`, in a process of its own that ends with this one; `flags` are those of
 * Node. Resolves once it is up.
 */
export async function startTarget(
  name: string,
  args: readonly (string | number)[],
  flags: readonly string[] = [],
): Promise<ChildProcess> {
  const transpiler = name.endsWith('.ts') ? ['--import', 'tsx'] : [];
  const child = fork(join(import.meta.dirname, name), args.map(String), {
    execArgv: [...transpiler, ...flags],
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
