/** Signals and exit codes. */

import { constants } from 'node:os';

/** 128 + n for a death by signal n, as a shell and all container runtimes count. */
export function exitCodeOf(code: number | null, signal: NodeJS.Signals | null): number {
  return signal === null ? (code ?? 255) : 128 + constants.signals[signal];
}

/** `SIGTERM` for `SIGTERM`, `TERM`, `sigterm` or `15`; `undefined` for what is no signal. */
export function parseSignal(text: string): NodeJS.Signals | undefined {
  const names = Object.entries(constants.signals);
  const upper = text.toUpperCase();
  const found = names.find(
    ([name, number]) => name === upper || name === `SIG${upper}` || String(number) === text,
  );
  return found?.[0] as NodeJS.Signals | undefined;
}
