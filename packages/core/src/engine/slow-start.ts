/**
 * Many calls of one kind, of which the first ones show whether the rest is worth trying: batches of 1, 2, 4... calls at
 * a time. A quota that leaves no room, or a server that is down, costs one call instead of hundreds.
 */

export interface SlowStartOutcome {
  /** Calls that were made. */
  readonly calls: number;
  readonly successes: number;
  /** Of the calls in the last batch, in their order; empty when all `count` calls were made and succeeded. */
  readonly errors: readonly unknown[];
}

/** A batch that has begun is finished; none begins after one with an error. Never rejects. */
export async function slowStart(
  count: number,
  batchSizeFirst: number,
  call: () => Promise<unknown>,
): Promise<SlowStartOutcome> {
  let [calls, successes] = [0, 0];
  for (let size = batchSizeFirst; calls < count; size *= 2) {
    const batch = Math.min(size, count - calls);
    const errors = await errorsOf(Array.from({ length: batch }, async () => await call()));
    calls += batch;
    successes += batch - errors.length;
    if (errors.length > 0) return { calls, successes, errors };
  }
  return { calls, successes, errors: [] };
}

/** Waits for all of them; what was rejected, in their order. */
export async function errorsOf(promises: readonly Promise<unknown>[]): Promise<readonly unknown[]> {
  const settled = await Promise.allSettled(promises);
  return settled.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
}
