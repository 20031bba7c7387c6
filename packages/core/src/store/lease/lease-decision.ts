/**
 * Who may hold a lease: the decisions. No two clocks are ever compared: a lease has run out when it has not changed for
 * its whole duration on the clock of the one who looks. The times that a record carries are for people.
 */

import { formatMicroTime } from '../../api/meta.ts';
import type { Lease } from '../../api/objects.ts';

export interface LeaseSettings {
  /** Names this instance of a process, not its host: a restarted one is another holder. */
  readonly identity: string;
  /** How long a lease holds that is not renewed. */
  readonly durationMs: number;
}

/** What was seen of a lease, and since when it has been like that, on the monotonic clock of this process. */
export interface Observation {
  readonly resourceVersion: string | undefined;
  readonly sinceMs: number;
}

/** Clocks may run this much faster or slower than others: a holder stops so much earlier than its successor may begin. */
const rateMargin = 0.15;

export function observe(
  before: Observation | undefined,
  lease: Lease | undefined,
  nowMs: number,
): Observation {
  const resourceVersion = lease?.metadata.resourceVersion;
  return before?.resourceVersion === resourceVersion && before !== undefined
    ? before
    : { resourceVersion, sinceMs: nowMs };
}

/** The lease is nobody's, is our own, or has run out. The duration that its holder wrote down counts. */
export function mayAcquire(
  lease: Lease | undefined,
  { sinceMs }: Observation,
  settings: LeaseSettings,
  nowMs: number,
): boolean {
  const holder = lease?.spec?.holderIdentity ?? '';
  if (holder === '' || holder === settings.identity) return true;
  const durationMs = (lease?.spec?.leaseDurationSeconds ?? settings.durationMs / 1000) * 1000;
  return nowMs - sinceMs >= durationMs;
}

/** For how long a lease holds that was written by a request sent at this moment. */
export function validUntilMs(sentMs: number, durationMs: number): number {
  return sentMs + durationMs * (1 - rateMargin);
}

export interface LeaseName {
  readonly namespace: string;
  readonly name: string;
}

/** The record of a lease that is taken, or renewed when it is ours already. */
export function heldLease(
  { namespace, name }: LeaseName,
  before: Lease | undefined,
  { identity, durationMs }: LeaseSettings,
  wallMs: number,
): Lease {
  const now = formatMicroTime(wallMs);
  const isOurs = before?.spec?.holderIdentity === identity;
  const transitions = before?.spec?.leaseTransitions ?? 0;
  const acquireTime = isOurs ? before.spec?.acquireTime : now;
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: before?.metadata ?? { namespace, name },
    spec: {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(durationMs / 1000),
      ...(acquireTime !== undefined && { acquireTime }),
      renewTime: now,
      leaseTransitions: before === undefined || isOurs ? transitions : transitions + 1,
    },
  };
}

/** The record of a lease that its holder gives up: the next one need not wait. */
export function releasedLease(before: Lease, wallMs: number): Lease {
  const spec = {
    ...before.spec,
    holderIdentity: '',
    leaseDurationSeconds: 1,
    renewTime: formatMicroTime(wallMs),
  };
  return { ...before, spec };
}
