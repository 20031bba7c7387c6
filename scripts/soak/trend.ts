/** Whether a series of measurements grows, by linear regression. */

export interface Sample {
  readonly atMs: number;
  readonly value: number;
}

export interface Trend {
  readonly mean: number;
  /** By how much it grows in a minute. */
  readonly perMinute: number;
  /** The standard error of `perMinute`: what scatter alone would make of it. */
  readonly error: number;
}

/** The line with the least squares. Throws for fewer than three samples, which show no scatter. */
export function trendOf(samples: readonly Sample[]): Trend {
  const count = samples.length;
  if (count < 3) throw new Error(`a trend needs three samples, there are ${count}`);
  const meanMs = samples.reduce((sum, { atMs }) => sum + atMs, 0) / count;
  const mean = samples.reduce((sum, { value }) => sum + value, 0) / count;
  let spread = 0;
  let shared = 0;
  for (const { atMs, value } of samples) {
    spread += (atMs - meanMs) ** 2;
    shared += (atMs - meanMs) * (value - mean);
  }
  const slope = spread === 0 ? 0 : shared / spread;
  const left = samples.reduce(
    (sum, { atMs, value }) => sum + (value - mean - slope * (atMs - meanMs)) ** 2,
    0,
  );
  const error = spread === 0 ? 0 : Math.sqrt(left / (count - 2) / spread);
  return { mean, perMinute: slope * 60_000, error: error * 60_000 };
}

export interface Allowance {
  /** What may be gained over the whole run, however short it is. */
  readonly total: number;
  /** What may be gained in an hour. */
  readonly perHour: number;
}

/**
 * Flat: even the least slope that the scatter allows (three standard errors below the measured one: one run in a thousand
 * is judged wrongly by chance) would gain no more than is allowed.
 */
export function isFlat({ perMinute, error }: Trend, { total, perHour }: Allowance, minutes: number): boolean {
  return (perMinute - 3 * error) * minutes <= Math.max(total, (perHour / 60) * minutes);
}
