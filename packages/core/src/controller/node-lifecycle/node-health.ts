/**
 * Whether a node is alive, as the controller sees it: not by the times that the node writes, which are those of its own
 * clock, but by when this controller last saw them change. Pure.
 */

import { formatTime } from '../../api/meta.ts';
import { readyCondition } from '../../api/node-condition.ts';
import type { Lease, NodeCondition, NodeObject } from '../../api/objects.ts';
import { type NodeLifecycleSettings, suspicionShare } from './settings.ts';

/** One moment on both clocks: what is stored is wall time, what is measured is not. */
export interface Moment {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** What is remembered of a node from pass to pass. */
export interface NodeHealth {
  /** When a sign of life was last seen, on the monotonic clock. */
  readonly seenAtMs: number;
  /** The signs as they were then. */
  readonly signs: Signs;
  /** The version of the lease that `signs` are from; 0 for none. */
  readonly leaseVersion: number;
}

/** What a living node keeps changing. */
export interface Signs {
  /** `lastHeartbeatTime` of its Ready condition; absent when it has none. */
  readonly heartbeat?: string;
  /** `renewTime` of its lease. */
  readonly renewal?: string;
}

export interface NodeView {
  readonly node: NodeObject;
  readonly lease: Lease | undefined;
}

/** What of the last sign of life survives the controller: it lies in an annotation of the node. */
export interface StoredSigns extends Signs {
  /** RFC 3339 with milliseconds, by the clock of the controller that saw it. */
  readonly seen: string;
}

export const signsAnnotation = 'mooring.dev/last-sign-of-life';

/** What this pass makes of the node. */
export function observe(before: NodeHealth | undefined, { node, lease }: NodeView, now: Moment): NodeHealth {
  const signs = signsOf(node, lease);
  const leaseVersion = Number(lease?.metadata.resourceVersion ?? 0);
  if (before === undefined) return { signs, leaseVersion, seenAtMs: firstSeenMs(node, signs, lease, now) };
  const { renewal } = before.signs;
  // A clock that is set back renews all the same; a cache that is behind shows an old renewal.
  const isNewer = leaseVersion > before.leaseVersion;
  const isOlder = leaseVersion < before.leaseVersion;
  const isChanged = signs.renewal !== undefined && signs.renewal !== renewal;
  const isRenewed = isChanged && !isOlder && (isNewer || isLater(signs.renewal, renewal));
  const isAlive = isRenewed || signs.heartbeat !== before.signs.heartbeat;
  return {
    signs: isOlder ? { ...signs, ...(renewal !== undefined && { renewal }) } : signs,
    leaseVersion: Math.max(leaseVersion, before.leaseVersion),
    seenAtMs: isAlive ? now.monotonicMs : before.seenAtMs,
  };
}

/** For how long nothing was heard of the node. */
export function silenceMs(health: NodeHealth, now: Moment): number {
  return now.monotonicMs - health.seenAtMs;
}

/** Exactly the grace period is still within it. */
export function isLost(
  node: NodeObject,
  health: NodeHealth,
  now: Moment,
  settings: Pick<NodeLifecycleSettings, 'graceMs' | 'startupGraceMs'>,
): boolean {
  const graceMs = readyCondition(node) === undefined ? settings.startupGraceMs : settings.graceMs;
  return silenceMs(health, now) > graceMs;
}

/** It is time to write down when the node was last heard of. */
export function isSuspect(health: NodeHealth, now: Moment, { graceMs }: NodeLifecycleSettings): boolean {
  return silenceMs(health, now) > graceMs * suspicionShare;
}

/** The conditions of a node of which nothing is known any more; `undefined` when they say so already. */
export function unknownConditions(node: NodeObject, wallMs: number): readonly NodeCondition[] | undefined {
  if (readyCondition(node)?.status === 'Unknown') return undefined;
  const conditions = node.status?.conditions ?? [];
  const now = formatTime(wallMs);
  const { creationTimestamp } = node.metadata;
  const missing = reportedTypes
    .filter((type) => !conditions.some((condition) => condition.type === type))
    .map(
      (type): NodeCondition => ({
        type,
        status: 'Unknown',
        reason: neverUpdated,
        message: 'Kubelet never posted node status.',
        ...(creationTimestamp !== undefined && { lastHeartbeatTime: creationTimestamp }),
        lastTransitionTime: now,
      }),
    );
  return [...conditions.map((condition) => unknown(condition, now)), ...missing];
}

export function isReady(node: NodeObject): boolean {
  return readyCondition(node)?.status === 'True';
}

export function signsOf(node: NodeObject, lease: Lease | undefined): Signs {
  const ready = readyCondition(node);
  // A condition that this controller put there for want of one is no sign of the node.
  const heartbeat = ready?.reason === neverUpdated ? undefined : ready?.lastHeartbeatTime;
  const renewal = lease?.spec?.renewTime;
  return { ...(heartbeat !== undefined && { heartbeat }), ...(renewal !== undefined && { renewal }) };
}

export function sameSigns(a: Signs, b: Signs): boolean {
  return a.heartbeat === b.heartbeat && a.renewal === b.renewal;
}

/** The form in which the last sign of life is kept with the node. */
export function storedSigns({ signs, seenAtMs }: NodeHealth, now: Moment): StoredSigns {
  return { seen: new Date(now.wallMs - (now.monotonicMs - seenAtMs)).toISOString(), ...signs };
}

/** `undefined` for what is no note of a sign of life: as if there were none. */
export function readSigns(text: string | undefined): StoredSigns | undefined {
  if (text === undefined) return undefined;
  try {
    const stored: StoredSigns | null = JSON.parse(text);
    return Number.isNaN(Date.parse(stored?.seen ?? '')) ? undefined : (stored ?? undefined);
  } catch {
    // Somebody else has written there.
    return undefined;
  }
}

const neverUpdated = 'NodeStatusNeverUpdated';
/** The conditions that the agent of a node reports. */
const reportedTypes: readonly string[] = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

function unknown(condition: NodeCondition, now: string): NodeCondition {
  if (!reportedTypes.includes(condition.type) || condition.status === 'Unknown') return condition;
  return {
    ...condition,
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
    lastTransitionTime: now,
  };
}

/**
 * A node that is new to this controller was heard of now, unless an earlier controller wrote down when the very same signs
 * were seen. One that has never said how it is counts from its creation.
 */
function firstSeenMs(node: NodeObject, signs: Signs, lease: Lease | undefined, now: Moment): number {
  const stored = readSigns(node.metadata.annotations?.[signsAnnotation]);
  if (stored !== undefined && sameSigns(stored, signs))
    return now.monotonicMs - Math.max(0, now.wallMs - Date.parse(stored.seen));
  if (signs.heartbeat !== undefined || readyCondition(node) !== undefined || lease !== undefined)
    return now.monotonicMs;
  const createdMs = Date.parse(node.metadata.creationTimestamp ?? '');
  return Number.isNaN(createdMs) ? now.monotonicMs : now.monotonicMs - Math.max(0, now.wallMs - createdMs);
}

function isLater(renewal: string, before: string | undefined): boolean {
  return before === undefined || Date.parse(renewal) > Date.parse(before);
}
