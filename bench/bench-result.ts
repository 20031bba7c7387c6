/** How much of it is measured. */
export interface BenchOptions {
  /** Fewer rounds and smaller numbers: for a first look, not for a figure to be quoted. */
  readonly quick: boolean;
}

/** One figure beside its floor: the same work done in the barest way, measured in the same run. */
export interface BenchResult {
  readonly name: string;
  readonly ours: number;
  readonly floor: number;
  readonly unit: string;
  /** `ours / floor`. */
  readonly ratio: number;
  /** What the ratio must not exceed. Without this and `oursMax` the figure is only reported. */
  readonly limit?: number;
  /** What `ours` must not exceed, in its unit. */
  readonly oursMax?: number;
  readonly note?: string;
}

/** `undefined` for a figure without a limit. */
export function isWithinLimits({ ours, ratio, limit, oursMax }: BenchResult): boolean | undefined {
  if (limit === undefined && oursMax === undefined) return undefined;
  // A floor of nothing has no ratio.
  return (limit === undefined || ratio <= limit) && (oursMax === undefined || ours <= oursMax);
}

/** The middle value; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? upper) + upper) / 2 : upper;
}

/** The smallest value that is no smaller than so many in a hundred of them. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? Number.NaN;
}
