/** One registry of metrics for a process. */

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** The metrics of a process, in the format of Prometheus. */
export interface Metrics {
  /** For metrics of any other kind. */
  readonly registry: Registry;
  /** What `/metrics` answers with. */
  text(): Promise<string>;
  readonly contentType: string;
  /** A number that only grows. The same name gives the same counter. */
  counter<L extends string>(name: string, help: string, labels?: readonly L[]): Counter<L>;
  /** Numbers that are looked up when somebody asks; `collect` calls `set` for each. A `_total` only grows. */
  lookedUp<L extends string>(
    name: string,
    help: string,
    labels: readonly L[],
    collect: (set: (labels: Readonly<Record<L, string>>, value: number) => void) => void,
  ): void;
  /** Durations in seconds, from a tenth of a millisecond to half a minute. The same name gives the same histogram. */
  durations<L extends string>(name: string, help: string, labels?: readonly L[]): Histogram<L>;
}

const buckets = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

/**
 * With those of the process itself: CPU, memory, file descriptors, garbage collection, and how late its event loop is
 * (`nodejs_eventloop_lag_p99_seconds`).
 */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const known = <T>(name: string) => registry.getSingleMetric(name) as T | undefined;
  const base = { registers: [registry] };
  return {
    registry,
    contentType: registry.contentType,
    text: () => registry.metrics(),
    counter: <L extends string>(name: string, help: string, labels: readonly L[] = []) =>
      known<Counter<L>>(name) ?? new Counter({ ...base, name, help, labelNames: [...labels] }),
    durations: <L extends string>(name: string, help: string, labels: readonly L[] = []) =>
      known<Histogram<L>>(name) ?? new Histogram({ ...base, name, help, labelNames: [...labels], buckets }),
    lookedUp<L extends string>(
      name: string,
      help: string,
      labels: readonly L[],
      collect: (set: (labels: Readonly<Record<L, string>>, value: number) => void) => void,
    ) {
      const options = { ...base, name, help, labelNames: [...labels] };
      if (!name.endsWith('_total')) {
        const gauge: Gauge<L> = new Gauge({
          ...options,
          collect() {
            gauge.reset();
            collect((of, value) => gauge.set(of, value));
          },
        });
        return;
      }
      const counter: Counter<L> = new Counter({
        ...options,
        collect() {
          counter.reset();
          collect((of, value) => counter.inc(of, value));
        },
      });
    },
  };
}
