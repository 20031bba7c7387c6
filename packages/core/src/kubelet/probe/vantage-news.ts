/** What is worth an event about where a probe is made: each change once. Pure. */

import { type ProbeEventText, probeTitles } from './probe-events.ts';
import type { ProbeRunResult } from './run-probe.ts';
import type { ProbeType } from './settings.ts';
import { namesOf, type Tally } from './vantage-verdict.ts';

/**
 * `elsewhere`: enough nodes reach the container. `unreachable`: it answers itself only. `down`: nobody reaches it. `local`: no
 * other node can make the probe.
 */
export type Standing = 'elsewhere' | 'unreachable' | 'local' | 'down';

export function standingOf({ kind }: Tally, local: ProbeRunResult | undefined): Standing {
  if (kind === 'reached') return 'elsewhere';
  if (kind === 'nobody') return 'local';
  return local?.kind === 'success' || local?.kind === 'warning' ? 'unreachable' : 'down';
}

export interface StandingNews {
  readonly type: ProbeType;
  readonly before: Standing;
  readonly now: Standing;
  readonly tally: Tally;
  /** The node of the container. */
  readonly node: string;
}

/** A probe that fails has an event of its own. */
export function standingEvent({ type, before, now, tally, node }: StandingNews): ProbeEventText | undefined {
  if (before === now) return undefined;
  const title = `${probeTitles[type]} probe`;
  if (now === 'local') {
    const why = tally.lost.map(({ node: name, message }) => `${name}: ${message}`).join('; ');
    return {
      type: 'Warning',
      reason: 'ProbeVantageLost',
      message: `${title} is made on ${node} itself: ${why}`,
    };
  }
  if (now === 'unreachable' && type !== 'readiness') {
    const words = `unreachable from ${namesOf(tally.failed)}, but answers locally: ${tally.failed[0]?.message}`;
    return { type: 'Warning', reason: 'ProbeUnreachable', message: `${title}: ${words}` };
  }
  if (before === 'local') {
    const from = namesOf([...tally.reached, ...tally.failed]);
    return { type: 'Normal', reason: 'ProbeVantageBack', message: `${title} is made from ${from} again` };
  }
  if (before === 'unreachable' && now === 'elsewhere' && type !== 'readiness')
    return {
      type: 'Normal',
      reason: 'ProbeReachable',
      message: `${title}: reachable from ${namesOf(tally.reached)} again`,
    };
  return undefined;
}
