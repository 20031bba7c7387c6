/** What the clients of one server saw. */
export interface Answers {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU time of the server for one of them, in milliseconds. */
  readonly cpuMs: number;
}

export interface ApiCreates {
  readonly bytes: number;
  readonly ours: Answers;
  readonly floor: Answers;
  /** Medians of the ratios of neighbouring rounds. */
  readonly p50Ratio: number;
  readonly p99Ratio: number;
  readonly cpuRatio: number;
}
