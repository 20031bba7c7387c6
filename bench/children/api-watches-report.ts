import type { ApiUsage } from './api-pair.ts';

/** What watchers of one server saw. Latencies are counted from when the store had acknowledged the change. */
export interface Delivery {
  /** Memory of the server before anybody watched, and after all did. */
  readonly aloneBytes: number;
  readonly watchedBytes: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly longestMs: number;
  /** Of one core, while changes came. */
  readonly cpuShare: number;
  readonly after: ApiUsage;
}

export interface ApiWatches {
  readonly eventBytes: number;
  readonly ours: Delivery;
  readonly floor: Delivery;
}
