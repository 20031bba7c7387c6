import { abortable, defineProber, formatDuration, HandlerSettings, type Prober } from '@mooring/core';

/** What the kubelet keeps of a command's output (upstream `pkg/probe/exec/exec.go`). */
const outputBytesMax = 10_240;

/**
 * The handler `exec`: success when the command exits with 0 inside the container. No shell is involved; `$(NAME)` in the command
 * stands for the container's static environment. Rejects, so that the result is thrown away, when the command cannot be run at all.
 */
export function execProber(): Prober {
  return defineProber({
    handler: 'exec',
    parse(raw, path) {
      const settings = new HandlerSettings(raw, path);
      return settings.done(settings.words('command'));
    },
    async probe(words, target, signal) {
      const command = target.expand(words);
      const run = await untilAborted(target.exec(command, { outputBytesMax }, signal), signal);
      if (run === undefined) {
        const limit = formatDuration(target.timeoutMs);
        const message = `command timed out: ${JSON.stringify(command.join(' '))} timed out after ${limit}`;
        return { outcome: 'failure', message };
      }
      const outcome = run.exitCode === 0 ? 'success' : 'failure';
      return { outcome, message: cutBytes(run.output, outputBytesMax) };
    },
  });
}

/** `undefined` once the signal aborts, however long the runtime then takes to kill the command. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await abortable(work, signal);
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

/** Runtimes cut the output themselves; one that counts characters instead of bytes may be a little over. */
function cutBytes(text: string, bytesMax: number): string {
  if (Buffer.byteLength(text) <= bytesMax) return text;
  return Buffer.from(text).subarray(0, bytesMax).toString();
}
