import { type Clock, errorMessage, type Store } from '@mooring/core';
import type { HealthCheck } from './health-checks.ts';
import { codeOf, measured } from './measured.ts';
import type { Metrics } from './metrics.ts';

const verbs = ['get', 'list', 'create', 'update', 'delete'] as const;

/** Counts and times the calls of a store. */
export interface StoreMeter {
  /** To be put in the place of a store. */
  measure(store: Store): Store;
  /** Has the last call been answered? Agents renew their leases every few seconds, so there always was one. */
  readonly check: HealthCheck;
}

/** `mooring_store_seconds{operation}`, `mooring_store_errors_total{operation,code}`. */
export function createStoreMeter(metrics: Metrics, clock: Clock): StoreMeter {
  const durations = metrics.durations('mooring_store_seconds', 'how long calls to the store take', [
    'operation',
  ]);
  const errors = metrics.counter('mooring_store_errors_total', 'calls to the store that failed', [
    'operation',
    'code',
  ]);
  let problem: string | undefined;
  return {
    measure: (store) =>
      measured(store, verbs, {
        nowMs: () => clock.monotonicMs(),
        observe(operation, seconds, outcome) {
          durations.observe({ operation }, seconds);
          const code = outcome.ok ? undefined : codeOf(outcome.error);
          if (code !== undefined) errors.inc({ operation, code });
          if (code === undefined || answers.has(code)) problem = undefined;
          else if (!outcome.ok && code !== 'ABORTED') problem = errorMessage(outcome.error);
        },
      }),
    check: { name: 'store', check: () => problem },
  };
}

/** What only a store that works says. */
const answers: ReadonlySet<string> = new Set([
  'ALREADY_EXISTS',
  'CONFLICT',
  'NOT_FOUND',
  'FORBIDDEN',
  'INVALID',
  'STORE_EXPIRED',
  'VALUE_TOO_LARGE',
]);
