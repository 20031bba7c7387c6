/** kubectl's short form of a duration, by the steps of its `duration.HumanDuration`: `45s`, `3m20s`, `2h`, `9d`. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (Number.isNaN(ms)) return '<unknown>';
  // Clocks of two machines may differ a little.
  if (seconds < -1) return '<invalid>';
  if (seconds < 120) return `${Math.max(0, seconds)}s`;
  const [minutes, hours] = [Math.floor(seconds / 60), Math.floor(seconds / 3600)];
  if (minutes < 10) return twoUnits(minutes, 'm', seconds % 60, 's');
  if (hours < 3) return `${minutes}m`;
  if (hours < 8) return twoUnits(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (days < 8) return twoUnits(days, 'd', hours % 24, 'h');
  if (days < 730) return `${days}d`;
  const years = Math.floor(days / 365);
  return years < 8 ? twoUnits(years, 'y', days % 365, 'd') : `${years}y`;
}

/** How much longer the duration may grow, in milliseconds, while it is printed the same; 0 where that is not known. */
export function humanDurationStepMs(ms: number): number {
  if (Number.isNaN(ms) || ms < 0) return 0;
  const { everyMs } = steps.find(({ belowMs }) => ms < belowMs) ?? lastStep;
  return everyMs - (ms % everyMs);
}

const [secondMs, minuteMs, hourMs, dayMs] = [1000, 60_000, 3_600_000, 86_400_000];
/** Below it, the words change this often; each bound is a whole number of both steps beside it. */
const steps = [
  { belowMs: 10 * minuteMs, everyMs: secondMs },
  { belowMs: 8 * hourMs, everyMs: minuteMs },
  { belowMs: 8 * dayMs, everyMs: hourMs },
];
const lastStep = { everyMs: dayMs };

function twoUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}
