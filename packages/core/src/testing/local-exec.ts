import { type ChildProcess, spawn } from 'node:child_process';
import { errorMessage, MooringError } from '../contract/error.ts';
import type { ProbeTarget } from '../contract/prober.ts';
import { onAbort } from '../engine/abortable.ts';

/**
 * Runs a command as a process of this machine, the way a runtime runs it in a container: no shell, output cut, the whole
 * process group killed when the signal aborts. For a `fakeTarget`.
 */
export const localExec: ProbeTarget['exec'] = (command, { outputBytesMax }, signal) =>
  new Promise((resolve, reject) => {
    const [file = '', ...args] = command;
    const child = spawn(file, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const forget = onAbort(signal, () => {
      killGroup(child);
      reject(signal.reason);
    });
    const output = collect(child, outputBytesMax);
    child.once('error', (error) => {
      forget();
      reject(new MooringError('EXEC_FAILED', errorMessage(error), { cause: error }));
    });
    // Like `docker exec`, over when the streams are: a child left behind that holds them open delays the end.
    child.once('close', (code) => {
      forget();
      resolve({ exitCode: code ?? 137, output: output() });
    });
  });

function collect(child: ChildProcess, bytesMax: number): () => string {
  const kept = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  child.stdout?.on('data', (chunk: Buffer) => kept.stdout.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => kept.stderr.push(chunk));
  return () =>
    Buffer.concat([...kept.stdout, ...kept.stderr])
      .subarray(0, bytesMax)
      .toString();
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Gone already, which is what was wanted.
  }
}
