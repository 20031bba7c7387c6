/**
 * What the attempts of other nodes, and one at the container itself, say about a container. Pure.
 *
 * | of the nodes that made an attempt | at the container | liveness, startup | readiness |
 * |---|---|---|---|
 * | enough reach it | not tried | success | success |
 * | too few reach it | answers | success: what is unreachable is not dead | failure: no traffic gets there |
 * | too few reach it | fails | failure | failure |
 * | too few reach it | could not be tried | nothing is learnt | failure |
 * | there is none | whatever | the same | the same |
 */

import type { ProbeQuorum } from '../../api/probe-from.ts';
import type { ProbeRunResult } from './run-probe.ts';
import type { ProbeType } from './settings.ts';

export interface VantageAnswer {
  readonly node: string;
  /** `lost`: it made no attempt, for whatever reason. */
  readonly kind: 'success' | 'warning' | 'failure' | 'lost';
  readonly message: string;
}

/** `reached`: by enough of them. `nobody`: there is none whose word counts. */
export interface Tally {
  readonly kind: 'reached' | 'unreached' | 'nobody';
  readonly reached: readonly VantageAnswer[];
  readonly failed: readonly VantageAnswer[];
  readonly lost: readonly VantageAnswer[];
}

/** Nodes that made no attempt count neither for nor against. */
export function tallyOf(quorum: ProbeQuorum, answers: readonly VantageAnswer[]): Tally {
  const reached = answers.filter(({ kind }) => kind === 'success' || kind === 'warning');
  const failed = answers.filter(({ kind }) => kind === 'failure');
  const lost = answers.filter(({ kind }) => kind === 'lost');
  const counting = reached.length + failed.length;
  const isEnough = reached.length >= neededOf(quorum, counting);
  return { kind: counting === 0 ? 'nobody' : isEnough ? 'reached' : 'unreached', reached, failed, lost };
}

/** How many of so many nodes have to reach the container; never more than there are. */
export function neededOf(quorum: ProbeQuorum, counting: number): number {
  switch (quorum) {
    case 'any':
      return Math.min(1, counting);
    case 'all':
      return counting;
    case 'majority':
      return Math.floor(counting / 2) + 1;
    default:
      return Math.min(quorum, counting);
  }
}

/** The result of a probe that enough nodes reached. A warning of one of them is told, and counts as success. */
export function resultFromElsewhere({ reached }: Tally): ProbeRunResult {
  const warning = reached.find(({ kind }) => kind === 'warning');
  if (warning === undefined) return { kind: 'success', message: '', attempts: 1 };
  return { kind: 'warning', message: `from ${warning.node}: ${warning.message}`, attempts: 1 };
}

/** The result of a probe that too few nodes reached, or none could make: then it is that of `local`. */
export function resultWithLocal(type: ProbeType, tally: Tally, local: ProbeRunResult): ProbeRunResult {
  if (tally.kind !== 'unreached') return local;
  const from = `unreachable from ${namesOf(tally.failed)}`;
  const why = tally.failed[0]?.message ?? '';
  switch (local.kind) {
    case 'success':
    case 'warning':
      return type === 'readiness'
        ? { ...local, kind: 'failure', message: `${from}, but answers locally: ${why}` }
        : local;
    case 'failure':
      return { ...local, message: `${local.message} (${from} too)` };
    case 'error':
      // Liveness and startup would kill the container on the word of others alone.
      return type === 'readiness'
        ? { ...local, kind: 'failure', message: `${from}: ${why}; not probed locally: ${local.message}` }
        : { ...local, message: `${local.message} (${from} too)` };
  }
}

export function namesOf(answers: readonly VantageAnswer[]): string {
  return answers.map(({ node }) => node).join(', ');
}
