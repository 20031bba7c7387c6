/** How many pods a rolling update may have too many, and how many too few. */

import { percentProblems } from '../../api/names.ts';
import type { DeploymentSpec, DeploymentStrategy, IntOrPercent } from '../../api/workloads.ts';
import { MooringError } from '../../contract/error.ts';
import { isRollingUpdate, sizeOf } from './deployment-spec.ts';

export interface Fenceposts {
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

/** Percentages of the number of pods: surge is rounded up, unavailable down. Rejects text that is no percentage. */
export function resolveFenceposts(
  { maxSurge = '25%', maxUnavailable = '25%' }: NonNullable<DeploymentStrategy['rollingUpdate']>,
  replicas: number,
): Fenceposts {
  const surge = resolve(maxSurge, replicas, 'maxSurge', Math.ceil);
  const unavailable = resolve(maxUnavailable, replicas, 'maxUnavailable', Math.floor);
  // Both may come to 0 by rounding, and then nothing could ever be replaced.
  return { maxSurge: surge, maxUnavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

/** Those in force: none unless the strategy is RollingUpdate, and never more unavailable than there are to be. */
export function fencepostsOf({ spec }: { readonly spec: DeploymentSpec }): Fenceposts {
  if (!isRollingUpdate(spec)) return { maxSurge: 0, maxUnavailable: 0 };
  const replicas = sizeOf({ spec });
  const { maxSurge, maxUnavailable } = resolveFenceposts(spec.strategy?.rollingUpdate ?? {}, replicas);
  return { maxSurge, maxUnavailable: Math.min(maxUnavailable, replicas) };
}

function resolve(
  given: IntOrPercent,
  replicas: number,
  field: keyof Fenceposts,
  round: (value: number) => number,
): number {
  if (typeof given === 'number') return given;
  if (percentProblems(given).length === 0) return round((Number(given.slice(0, -1)) * replicas) / 100);
  const path = `spec.strategy.rollingUpdate.${field}`;
  throw new MooringError('INVALID', `${path}: ${JSON.stringify(given)} must be a number or a percentage`);
}
