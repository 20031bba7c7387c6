/** The numbers of the pod garbage collector. */

export interface PodGCSettings {
  /** Between two passes. */
  readonly periodMs: number;
  /** So many finished pods are kept; the oldest of those beyond go. 0: all are kept. */
  readonly terminatedPodsMax: number;
  /** For so long a node has to be missing before its pods are taken for orphans. */
  readonly quarantineMs: number;
  /**
   * Pods that are being deleted on a node that cannot be heard are finished, if the agent of the node has promised to stop
   * them itself in that time. Otherwise they stay until the agent confirms, the node is deleted, or an operator says that it
   * is out of service.
   */
  readonly finishesFencedPods: boolean;
  /** After so long a silence a node is not ready: how long its agent has at least to stop its pods. */
  readonly nodeGraceMs: number;
}

/** Kubernetes' own (1.36). */
export const defaultPodGC: PodGCSettings = {
  periodMs: 20_000,
  terminatedPodsMax: 12_500,
  quarantineMs: 40_000,
  finishesFencedPods: false,
  nodeGraceMs: 50_000,
};
