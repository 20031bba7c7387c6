import { withDeadline } from '../engine/deadline.ts';
import type { NodeContext } from './node-context.ts';

/**
 * One call to the runtime with a deadline: `callMsMax` of the settings unless told otherwise. What comes of a call that
 * was given up is unknown; the next look at the runtime tells.
 */
export function callRuntime<T>(
  { clock, settings }: Pick<NodeContext, 'clock' | 'settings'>,
  what: string,
  signal: AbortSignal | undefined,
  call: (signal: AbortSignal) => Promise<T>,
  msMax = settings.callMsMax,
): Promise<T> {
  return withDeadline(clock, msMax, signal, what, call);
}
