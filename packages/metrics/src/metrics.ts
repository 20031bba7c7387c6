/** One registry of metrics for a process. */

import { collectDefaultMetrics, Registry } from 'prom-client';

export interface Metrics {
  /** For metrics of one's own. */
  readonly registry: Registry;
  /** What `/metrics` answers with. */
  text(): Promise<string>;
  readonly contentType: string;
}

/**
 * With those of the process itself: CPU, memory, file descriptors, garbage collection, and how late its event loop is
 * (`nodejs_eventloop_lag_p99_seconds`).
 */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return { registry, text: () => registry.metrics(), contentType: registry.contentType };
}
