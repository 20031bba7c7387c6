/**
 * Who holds the name of a node: the decisions. The lease of the node carries the agent that renews it, so that its name is
 * taken, kept and lost by one compare-and-swap. No two clocks are compared, as with any lease.
 */

import type { Lease } from '../../api/objects.ts';
import { type Observation, observe } from '../../store/lease/lease-decision.ts';
import { isProcessIdentity, type ProcessIdentity } from '../../store/process-identity.ts';

/** One agent, from its start to its end. */
export interface NameHolder {
  /** No other agent has it, not even the next one of the same host. */
  readonly instance: string;
  readonly host: string;
  /** Absent when what is written down of it cannot be read. */
  readonly process?: ProcessIdentity;
}

/** A JSON object with the fields of `NameHolder`, and `since`: when the agent took the name, for people. */
export const holderAnnotation = 'mooring.dev/held-by';

export interface HeldName {
  readonly holder: NameHolder;
  readonly since: string;
}

/** `undefined` when nobody holds it. */
export function holderOf(lease: Lease | undefined): HeldName | undefined {
  const text = lease?.metadata.annotations?.[holderAnnotation];
  if (text === undefined) return undefined;
  const { instance, host, process, since } = fieldsOf(text);
  const known = (value: unknown, unknown: string) => (typeof value === 'string' ? value : unknown);
  return {
    holder: {
      // What nobody can read still belongs to somebody.
      instance: known(instance, text),
      host: known(host, 'an unknown host'),
      ...(isProcessIdentity(process) && { process }),
    },
    since: known(since, 'an unknown time'),
  };
}

/** The lease with another holder; without one it is free. */
export function heldBy(lease: Lease, name: HeldName | undefined): Lease {
  const { [holderAnnotation]: _, ...others } = lease.metadata.annotations ?? {};
  const own = name && { [holderAnnotation]: JSON.stringify({ ...name.holder, since: name.since }) };
  return { ...lease, metadata: { ...lease.metadata, annotations: { ...others, ...own } } };
}

/** What was seen of the lease of a node, from look to look. */
export interface NameSighting extends Observation {
  readonly instance: string | undefined;
  /** As it was when this holder was seen first. */
  readonly renewTime: string | undefined;
}

export function sight(
  before: NameSighting | undefined,
  lease: Lease | undefined,
  nowMs: number,
): NameSighting {
  const instance = holderOf(lease)?.holder.instance;
  const isSame = before !== undefined && before.instance === instance;
  const renewTime = isSame ? before.renewTime : lease?.spec?.renewTime;
  return { ...observe(before, lease, nowMs), instance, renewTime };
}

/** `open`: may be taken. `doubtful`: not yet known whether its holder lives. `live`: somebody else has renewed it. */
export type NameStanding = 'open' | 'doubtful' | 'live';

export interface NameViewer {
  readonly self: NameHolder;
  /** The holder has surely ended: its lease need not run out. */
  isGone(holder: NameHolder): boolean;
}

export function standingOf(
  lease: Lease | undefined,
  { sinceMs, renewTime }: NameSighting,
  { self, isGone }: NameViewer,
  nowMs: number,
): NameStanding {
  const holder = holderOf(lease)?.holder;
  if (holder === undefined || holder.instance === self.instance || isGone(holder)) return 'open';
  if (lease?.spec?.renewTime !== renewTime) return 'live';
  const durationMs = (lease?.spec?.leaseDurationSeconds ?? 0) * 1000;
  return nowMs - sinceMs >= durationMs ? 'open' : 'doubtful';
}

/** For people: `an agent on web-3, process 4711, since 2026-01-01T00:00:00Z`. */
export function describeHolder({ holder: { host, process }, since }: HeldName): string {
  return `an agent on ${host}${process === undefined ? '' : `, process ${process.pid}`}, since ${since}`;
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  } catch {
    // Written by hand: there is a holder, and nothing is known of it.
    return {};
  }
}
