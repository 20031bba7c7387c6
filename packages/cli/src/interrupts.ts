/** Ctrl-C: once asks for an end, twice for an end at once. */

import type { Clock } from '@mooring/core';

export interface Interrupts {
  /** Aborts with the first signal; its reason is an `Interrupted`. */
  readonly gentle: AbortSignal;
  /** Aborts with the second. */
  readonly hard: AbortSignal;
}

export class Interrupted extends Error {
  /** 128 and the number of the signal. */
  readonly exitCode: number;

  constructor(signal: StopSignal) {
    super(`interrupted by ${signal}`);
    this.exitCode = stopSignals[signal];
  }
}

const stopSignals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
type StopSignal = keyof typeof stopSignals;

/** `npm` passes on a signal that the terminal has sent to everybody already: that is no second wish. */
const echoMs = 300;

export interface SignalSource {
  on(signal: StopSignal, listener: () => void): unknown;
}

export function listenForInterrupts(source: SignalSource, clock: Clock): Interrupts {
  const gentle = new AbortController();
  const hard = new AbortController();
  let firstMs: number | undefined;
  for (const signal of Object.keys(stopSignals) as StopSignal[]) {
    source.on(signal, () => {
      const nowMs = clock.monotonicMs();
      if (firstMs === undefined) {
        firstMs = nowMs;
        gentle.abort(new Interrupted(signal));
      } else if (nowMs - firstMs > echoMs) hard.abort(new Interrupted(signal));
    });
  }
  return { gentle: gentle.signal, hard: hard.signal };
}

/** What moor ends with after an interruption. */
export function interruptedCode({ gentle }: Pick<Interrupts, 'gentle'>): number {
  const reason: unknown = gentle.reason;
  return reason instanceof Interrupted ? reason.exitCode : stopSignals.SIGINT;
}
