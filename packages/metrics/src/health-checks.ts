/** Answers to "is it alive?" and "can it work?", in the form of Kubernetes' `/livez` and `/readyz`. */

import { errorMessage } from '@mooring/core';

/** One thing that has to be well for the process to be. */
export interface HealthCheck {
  /** One word: `store`, `runtime-docker`. */
  readonly name: string;
  /** What is wrong, in words; `undefined` when nothing is. What it throws is wrong, too. */
  check(): string | undefined;
  /**
   * A restart of the process would mend it: it counts for `/livez` as well. Others, such as a server that cannot be
   * reached, count for `/readyz` only.
   */
  readonly isVital?: boolean;
}

/** What became of all checks, in the lines of `/readyz?verbose`. */
export interface HealthReport {
  readonly ok: boolean;
  /** `[+]store ok`, `[-]store failed: ...` */
  readonly lines: readonly string[];
}

/** Makes all checks, or for `livez` those that are vital. Never throws: what a check throws is its finding. */
export function reportHealth(checks: readonly HealthCheck[], kind: 'livez' | 'readyz'): HealthReport {
  const counted = checks.filter(({ isVital }) => kind === 'readyz' || isVital === true);
  const findings = counted.map((one) => ({ name: one.name, problem: problemOf(one) }));
  const lines = findings.map(({ name, problem }) =>
    problem === undefined ? `[+]${name} ok` : `[-]${name} failed: ${problem}`,
  );
  const ok = findings.every(({ problem }) => problem === undefined);
  return { ok, lines: [...lines, `${kind} check ${ok ? 'passed' : 'failed'}`] };
}

function problemOf({ check }: HealthCheck): string | undefined {
  try {
    return check();
  } catch (error) {
    return errorMessage(error);
  }
}
