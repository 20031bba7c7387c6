import type { Meaning } from '../output/paint.ts';

/** What the word in the column STATUS means for whoever looks. */
export function meaningOf(status: string): Meaning {
  if (status === 'Running') return 'good';
  if (status === 'Completed' || status === 'Terminating' || status === 'Succeeded') return 'gone';
  return /BackOff|Err|OOM|Signal|ExitCode|Failed|Unsupported|NotFound/.test(status) ? 'bad' : 'waiting';
}
