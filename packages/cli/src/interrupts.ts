/** Ctrl-C: once asks for an end, twice for an end at once. */

import type { Clock } from '@mooring/core';

/** What a command is told of signals: the first is a request, the second is an order. */
export interface Interrupts {
  /** Aborts with the first signal; its reason is an `Interrupted`. */
  readonly gentle: AbortSignal;
  /** Aborts with the second. */
  readonly hard: AbortSignal;
}

/** Why a command ended early: somebody sent a signal. */
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

export interface InterruptOptions {
  /** The end of the terminal is none of moor, as `nohup` asks for. */
  readonly ignoresHangup?: boolean;
}

/** Turns SIGINT, SIGTERM and SIGHUP of a source, such as `process`, into two abort signals. */
export function listenForInterrupts(
  source: SignalSource,
  clock: Clock,
  { ignoresHangup = false }: InterruptOptions = {},
): Interrupts {
  const gentle = new AbortController();
  const hard = new AbortController();
  let firstMs: number | undefined;
  for (const signal of Object.keys(stopSignals) as StopSignal[]) {
    source.on(signal, () => {
      if (signal === 'SIGHUP' && ignoresHangup) return;
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

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
