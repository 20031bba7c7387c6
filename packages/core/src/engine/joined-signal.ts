/**
 * One signal for several, which can be let go again. On Node 20 `AbortSignal.any` leaves something behind in each of them for
 * every call, for as long as they live.
 */

import { onAbort } from './abortable.ts';

export interface JoinedSignal {
  /** Aborts with the first of the others, and with its reason. */
  readonly signal: AbortSignal;
  /** Takes it off the others: it is not needed any more. */
  forget(): void;
}

export function joinSignals(...signals: readonly AbortSignal[]): JoinedSignal {
  const controller = new AbortController();
  const forgets = signals.map((one) => onAbort(one, () => controller.abort(one.reason)));
  return {
    signal: controller.signal,
    forget: () => {
      for (const forget of forgets) forget();
    },
  };
}

/** What `act` resolves with, given a signal that aborts with the first of these. */
export async function actUntil<T>(
  signals: readonly AbortSignal[],
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { signal, forget } = joinSignals(...signals);
  try {
    return await act(signal);
  } finally {
    forget();
  }
}

/** The same for what is read bit by bit: it begins at once, and lets go when it has ended or its reader leaves. */
export function readUntil<T>(
  signals: readonly AbortSignal[],
  begin: (signal: AbortSignal) => AsyncIterable<T>,
): AsyncIterable<T> {
  const { signal, forget } = joinSignals(...signals);
  const items = begunWith(signal, forget, begin);
  return {
    async *[Symbol.asyncIterator]() {
      try {
        yield* items;
      } finally {
        forget();
      }
    },
  };
}

function begunWith<T>(signal: AbortSignal, forget: () => void, begin: (signal: AbortSignal) => T): T {
  try {
    return begin(signal);
  } catch (error) {
    forget();
    throw error;
  }
}
