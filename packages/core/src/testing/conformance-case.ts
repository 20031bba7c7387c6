/**
 * Conformance kits are data: an array of named cases on `node:assert`, to be looped into any test runner. What an
 * implementation cannot do is skipped by name and with a reason, and a skip that is not needed fails.
 */

import assert from 'node:assert/strict';

/** One thing that every implementation of a contract has to keep. */
export interface ConformanceCase<C> {
  readonly name: string;
  /** False: what the case is about is not offered, so there is nothing to check. Absent: always run. */
  readonly needs?: (context: C) => boolean;
  /** Rejects when the implementation breaks the contract. */
  run(context: C): Promise<void>;
}

/** A deviation that is known, with the reason why it is put up with. */
export interface ConformanceSkip {
  readonly case: string;
  readonly reason: string;
}

/** A case that is bound to one implementation. */
export interface PlannedCase {
  readonly name: string;
  /** Present: the case does not run, and why. */
  readonly skipReason?: string;
  run(): Promise<void>;
}

/**
 * Binds the cases to one implementation:
 *
 *     for (const c of planConformance(proberConformance, context)) test.skipIf(c.skipReason)(c.name, () => c.run());
 *
 * Throws an `AssertionError` when `skip` names a case twice, one that does not exist, or one that `needs` leaves out.
 */
export function planConformance<C>(
  cases: readonly ConformanceCase<C>[],
  context: C,
  skip: readonly ConformanceSkip[] = [],
): readonly PlannedCase[] {
  const reasons = new Map(skip.map((entry) => [entry.case, entry.reason]));
  assert.equal(reasons.size, skip.length, 'a case is skipped twice');
  const plan = cases.map((testCase): PlannedCase => {
    const offered = testCase.needs?.(context) ?? true;
    const skipReason = offered ? reasons.get(testCase.name) : 'not offered by this implementation';
    if (offered) reasons.delete(testCase.name);
    const run = () => testCase.run(context);
    return skipReason === undefined ? { name: testCase.name, run } : { name: testCase.name, skipReason, run };
  });
  assert.deepEqual([...reasons.keys()], [], 'skipped, but there is no such case to run');
  return plan;
}

/**
 * Runs a kit without a test runner, one case after the other. Rejects with an `AggregateError` of all that failed;
 * resolves with the plan, so that the caller can print what was skipped.
 */
export async function runConformance<C>(
  cases: readonly ConformanceCase<C>[],
  context: C,
  skip: readonly ConformanceSkip[] = [],
): Promise<readonly PlannedCase[]> {
  const plan = planConformance(cases, context, skip);
  const failures: Error[] = [];
  for (const { name, skipReason, run } of plan) {
    if (skipReason !== undefined) continue;
    await run().catch((error: unknown) => failures.push(new Error(name, { cause: error })));
  }
  if (failures.length > 0)
    throw new AggregateError(
      failures,
      `not conformant: ${failures.map(({ message }) => message).join('; ')}`,
    );
  return plan;
}
