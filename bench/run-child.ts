/** Measurements in processes of their own, over the compiled packages. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A program of `bench/children` and its arguments. */
export type ChildCommand = readonly [name: string, ...args: readonly number[]];

/** The result that a program sends. Rejects when it ends without one. */
export async function runChild<Result>(command: ChildCommand): Promise<Result> {
  const [result] = await runChildren<Result>([command]);
  return result as Result;
}

/**
 * The results of several programs that measure at the same time: each says when it is ready, and begins when all are.
 * So they share the same neighbours, and their ratio means something on a busy machine too.
 */
export async function runChildren<Result>(commands: readonly ChildCommand[]): Promise<readonly Result[]> {
  const children = commands.map(start);
  try {
    await Promise.all(children.map((child) => nextMessage(child)));
    const results = children.map((child) => nextMessage(child));
    for (const child of children) child.send('go');
    return (await Promise.all(results)) as Result[];
  } finally {
    // They have said what they had to say; how they end is nobody's business.
    for (const child of children) child.kill('SIGKILL');
  }
}

function start([name, ...args]: ChildCommand): ChildProcess {
  return fork(join(import.meta.dirname, 'children', `${name}.ts`), args.map(String), {
    // Not `--conditions=@mooring/source`: what users run is compiled, and free of the helpers of the transpiler.
    execArgv: ['--import', 'tsx', '--expose-gc', '--max-old-space-size=16384'],
  });
}

async function nextMessage(child: ChildProcess): Promise<unknown> {
  const answered = new AbortController();
  try {
    const { signal } = answered;
    const gone = once(child, 'exit', { signal }).then(([code]) => {
      throw new Error(`${child.spawnargs.at(-1)}: ended with code ${code} and no result`);
    });
    const [message] = await Promise.race([once(child, 'message', { signal }), gone]);
    return message;
  } finally {
    answered.abort();
  }
}
