/** Tests that more than one engine runs, and what is known to be otherwise on one of them. */

import { it, type TestContext } from 'vitest';

export interface Difference {
  /** The name of the test. */
  readonly test: string;
  readonly reason: string;
}

type Run = (context: TestContext) => Promise<void>;

export class Differences {
  /** Those that no test has met so far. */
  readonly unmet: Set<string>;
  private readonly names: ReadonlySet<string>;

  constructor(list: readonly Difference[]) {
    this.names = new Set(list.map(({ test }) => test));
    this.unmet = new Set(this.names);
  }

  /** A test that runs beside others. One that is named as a difference has to fail. */
  concurrent(name: string, run: Run, timeoutMs?: number): void {
    this.add(it.concurrent, name, run, timeoutMs);
  }

  /** As `concurrent`, one after the other. */
  sequential(name: string, run: Run, timeoutMs?: number): void {
    this.add(it, name, run, timeoutMs);
  }

  private add(
    adder: typeof it | typeof it.concurrent,
    name: string,
    run: Run,
    timeoutMs: number | undefined,
  ): void {
    const options = timeoutMs === undefined ? {} : { timeout: timeoutMs };
    this.unmet.delete(name);
    if (this.names.has(name)) adder.fails(name, { ...options, retry: 0 }, run);
    else adder(name, options, run);
  }
}

/** Docker: the runtime is written for it. */
export const noDifferences = new Differences([]);
