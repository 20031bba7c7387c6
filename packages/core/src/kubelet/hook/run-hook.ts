/** Lifecycle hooks: `postStart` and `preStop` of a container. */

import type { Container, IntOrString, LifecycleHandler, StoredPod } from '../../api/pod.ts';
import type { Clock } from '../../contract/clock.ts';
import type { ExecResult } from '../../contract/container-runtime.ts';
import { errorMessage } from '../../contract/error.ts';
import { abortable, sleep } from '../../engine/abortable.ts';
import { goQuote } from '../environment/go-quote.ts';
import { type HookEvent, runHttpHook } from './http-hook.ts';

export interface HookInput {
  readonly handler: LifecycleHandler;
  readonly pod: StoredPod;
  readonly container: Container;
  /** The host of an `httpGet` that names none; empty when the pod has no address. */
  readonly podIP: string;
  readonly clock: Clock;
  /** Runs a command in the container; rejects when it could not be run at all. */
  exec(
    command: readonly string[],
    options: { readonly outputBytesMax: number },
    signal: AbortSignal,
  ): Promise<ExecResult>;
  /** The number of a port given as number or name of a container's port; throws when there is none. */
  resolvePort(port: IntOrString): number;
  /**
   * True when the container's process has ended. A failed hook counts as done then: a `preStop` hook that stops the
   * process itself is often cut off by the end of what it stopped.
   */
  readonly isGone?: () => boolean | Promise<boolean>;
  /** Takes the events that a hook gives rise to, for the pod. */
  readonly onEvent?: (event: HookEvent) => void;
}

export type HookResult = { readonly ok: true } | { readonly ok: false; readonly message: string };

/** Enough to say what went wrong; the command itself may write as much as it likes. */
const outputBytesMax = 4096;

/**
 * Runs a hook to its end, or until `signal` aborts: then it is a failure, with the words of the signal's reason.
 * There is no other time limit; the caller aborts at the end of the grace period. Never rejects.
 */
export async function runHook(input: HookInput, signal: AbortSignal): Promise<HookResult> {
  const problem = await runHandler(input, signal);
  if (problem === undefined) return { ok: true };
  return (await isGone(input)) ? { ok: true } : { ok: false, message: problem };
}

async function isGone(input: HookInput): Promise<boolean> {
  try {
    return (await input.isGone?.()) ?? false;
  } catch {
    // Not known: then the failure of the hook stands, which is the more useful thing to tell.
    return false;
  }
}

/** The message of a failure, `undefined` for success. */
async function runHandler(input: HookInput, signal: AbortSignal): Promise<string | undefined> {
  const { exec, httpGet, sleep: pause } = input.handler;
  if (exec !== undefined) return await runExec(input, exec.command ?? [], signal);
  try {
    if (httpGet !== undefined) await runHttpHook(httpGet, input, signal);
    else if (pause !== undefined) await runSleep(input.clock, pause.seconds, signal);
    else return `Cannot run handler: invalid handler: ${Object.keys(input.handler)[0] ?? 'none'}`;
    return undefined;
  } catch (error) {
    const head =
      httpGet !== undefined
        ? `HTTP lifecycle hook (${httpGet.path || '/'})`
        : `Sleep lifecycle hook (${pause?.seconds ?? 0})`;
    return `${head} ${whereOf(input)} failed - error: ${errorMessage(error)}`;
  }
}

async function runExec(
  input: HookInput,
  command: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const failed = (error: string, output: string) =>
    `Exec lifecycle hook ([${command.join(' ')}]) ${whereOf(input)} failed - error: ${error}, message: ${goQuote(output)}`;
  try {
    signal.throwIfAborted();
    const { exitCode, output } = await abortable(input.exec(command, { outputBytesMax }, signal), signal);
    if (exitCode === 0) return undefined;
    return failed(`command '${command.join(' ')}' exited with ${exitCode}`, output);
  } catch (error) {
    return failed(errorMessage(error), '');
  }
}

async function runSleep(clock: Clock, seconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(clock, Math.max(0, seconds) * 1000, signal);
  } catch (error) {
    throw new Error('container terminated before sleep hook finished', { cause: error });
  }
}

function whereOf({ pod, container }: HookInput): string {
  const { name, namespace, uid } = pod.metadata;
  return `for Container "${container.name}" in Pod "${name}_${namespace}(${uid})"`;
}
