import type { ChildProcess } from 'node:child_process';

interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

let asked = 0;

/** The answer of a target that answers questions. Rejects with what went wrong there, and when it ends. */
export function ask<Value = void>(
  child: ChildProcess,
  name: string,
  ...args: readonly unknown[]
): Promise<Value> {
  asked += 1;
  const id = asked;
  return new Promise((resolve, reject) => {
    const onMessage = (reply: Reply) => {
      if (reply.id !== id) return;
      child.off('message', onMessage).off('exit', onExit);
      if (reply.error === undefined) resolve(reply.value as Value);
      else reject(new Error(`${name}: ${reply.error}`));
    };
    const onExit = () => reject(new Error(`${name}: the process ended`));
    child.on('message', onMessage).on('exit', onExit);
    child.send({ id, name, args });
  });
}
