/** The numbers of the node lifecycle controller. */

export interface NodeLifecycleSettings {
  /** Between two passes over all nodes. */
  readonly monitorPeriodMs: number;
  /** A node that gave no sign of life for longer than this is not ready. */
  readonly graceMs: number;
  /** The same, for a node that has never said how it is. */
  readonly startupGraceMs: number;
  /** Nodes that are tainted in a second, so that their pods go, while few nodes of a zone are in trouble. */
  readonly evictionRate: number;
  /** The same, while many nodes of a large zone are in trouble. In small zones it is none at all then. */
  readonly secondaryEvictionRate: number;
  /** The share of nodes in trouble from which on it is the zone that is in trouble. */
  readonly unhealthyZoneThreshold: number;
  /** A zone with more nodes than this is a large one. */
  readonly largeZoneNodes: number;
}

/** Kubernetes' own (1.36). */
export const defaultNodeLifecycle: NodeLifecycleSettings = {
  monitorPeriodMs: 5000,
  graceMs: 50_000,
  startupGraceMs: 60_000,
  evictionRate: 0.1,
  secondaryEvictionRate: 0.01,
  unhealthyZoneThreshold: 0.55,
  largeZoneNodes: 50,
};

/**
 * After this share of the grace period without a sign of life it is written down when the last one was seen, so that a
 * controller that starts meanwhile goes on counting. Beyond two renewals in any sensible setting, so that it costs a write
 * for each outage and none for each renewal.
 */
export const suspicionShare = 0.4;
