/** When a container that was restarted may be restarted again. Pure. */

/** How long a healer waits between restarts of one container. */
export interface BackOffSettings {
  /** Between the first restart and the second; doubled each time. */
  readonly initialMs: number;
  readonly maxMs: number;
}

export interface Restarts {
  readonly count: number;
  readonly lastAtMs: number;
}

/** A container that was well for twice the longest pause begins anew. */
export function notBeforeMs(
  restarts: Restarts | undefined,
  nowMs: number,
  settings: BackOffSettings,
): number {
  if (restarts === undefined || isForgotten(restarts, nowMs, settings)) return nowMs;
  return restarts.lastAtMs + Math.min(settings.maxMs, settings.initialMs * 2 ** (restarts.count - 1));
}

export function noteRestart(
  restarts: Restarts | undefined,
  nowMs: number,
  settings: BackOffSettings,
): Restarts {
  const isFirst = restarts === undefined || isForgotten(restarts, nowMs, settings);
  return { count: isFirst ? 1 : restarts.count + 1, lastAtMs: nowMs };
}

function isForgotten({ lastAtMs }: Restarts, nowMs: number, { maxMs }: BackOffSettings): boolean {
  return nowMs - lastAtMs > 2 * maxMs;
}
