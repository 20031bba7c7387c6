/** Waiting on the real clock: chaos has no other. */

import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  /** What is waited for, in words that fit behind "waited in vain: ". */
  readonly what: string;
  readonly timeoutMs: number;
  /** 100 when not given. */
  readonly everyMs?: number;
}

/** Resolves with how long it took, in milliseconds, once `problem` answers `undefined`; rejects with its last answer. */
export async function untilNone(
  problem: () => Promise<string | undefined>,
  { what, timeoutMs, everyMs = 100 }: WaitOptions,
): Promise<number> {
  const beganMs = performance.now();
  for (;;) {
    const found = await problem().catch((error: unknown) => String(error));
    const tookMs = performance.now() - beganMs;
    if (found === undefined) return tookMs;
    if (tookMs > timeoutMs)
      throw new Error(`waited ${Math.round(tookMs / 1000)} s in vain: ${what}: ${found}`);
    await sleep(everyMs);
  }
}
