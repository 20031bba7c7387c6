/** Having a plugin make its container runtime, whatever the plugin does instead. */

import type { ContainerRuntime } from '../contract/container-runtime.ts';
import { errorCodes, errorMessage, MooringError } from '../contract/error.ts';
import type { RuntimeContext, RuntimeFactory } from '../contract/plugin.ts';
import { withDeadline } from '../engine/deadline.ts';
import { runtimeFlaw } from './runtime-flaw.ts';

export interface NamedRuntimeFactory {
  readonly name: string;
  readonly create: RuntimeFactory;
}

const madeWithinMs = 30_000;

/**
 * Resolves with what the factory makes. Rejects with the factory's own error when that has a code of ours, such as
 * `NODE_NAME_TAKEN`, and else with `PLUGIN_INVALID` naming the runtime: also when nothing comes within 30 s.
 */
export async function callRuntimeFactory(
  { name, create }: NamedRuntimeFactory,
  context: RuntimeContext,
  signal: AbortSignal,
): Promise<ContainerRuntime> {
  const making = attempt(create, context);
  // Of what is no runtime at all there is no more to say.
  let flaw: string | undefined = '';
  try {
    const made = await withDeadline(context.clock, madeWithinMs, signal, 'its factory', () => making.promise);
    if (made?.apiVersion === 'runtime/v1') flaw = runtimeFlaw(made);
    if (flaw === undefined) return made;
  } catch (error) {
    if (!making.isSettled) disposeLater(making.promise, name, context);
    if (signal.aborted || (making.isSettled && hasOwnCode(error))) throw error;
    const words = `runtime "${name}" could not be made: ${errorMessage(error)}`;
    throw new MooringError('PLUGIN_INVALID', words, { cause: error });
  }
  throw new MooringError('PLUGIN_INVALID', `runtime "${name}" is not a runtime/v1${flaw}`);
}

/** Knows who is to blame: the factory, or the deadline that it missed. */
function attempt(create: RuntimeFactory, context: RuntimeContext) {
  const making = { isSettled: false, promise: run() };
  async function run(): Promise<ContainerRuntime> {
    // A factory that throws at once is to find `making` in place.
    await Promise.resolve();
    try {
      return await create(context);
    } finally {
      making.isSettled = true;
    }
  }
  return making;
}

/** What comes too late holds locks and connections that nobody would ever give back. */
function disposeLater(promise: Promise<ContainerRuntime>, name: string, { logger }: RuntimeContext): void {
  promise
    .then((late) => late[Symbol.asyncDispose]())
    .catch((err: unknown) => logger.warn({ component: 'plugins', key: name, err }, 'late runtime failed'));
}

/** By code, since another copy of core may have made the error. */
function hasOwnCode(error: unknown): boolean {
  return error instanceof Error && 'code' in error && Object.hasOwn(errorCodes, String(error.code));
}
