/** Durations as the API's messages print them: Go's `time.Duration`, cut to milliseconds. */

/** `0s`, `1.5s`, `10s`, `1m20s`, `5m0s`, `1h0m0s`; below one second `250ms`. */
export function formatDuration(durationMs: number): string {
  const ms = Math.round(Math.abs(durationMs));
  if (ms === 0) return '0s';
  const sign = durationMs < 0 ? '-' : '';
  if (ms < 1000) return `${sign}${ms}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000) % 60;
  const seconds = `${(ms % 60_000) / 1000}s`;
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${sign}${minutes}m${seconds}` : `${sign}${seconds}`;
}
