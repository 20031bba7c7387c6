/** When the last of them had got so far, in milliseconds after the kill. */
export interface NodeCrash {
  readonly pods: number;
  /** The node counts as not ready. */
  readonly noticedMs: number;
  /** Its pods are deleted. */
  readonly evictedMs: number;
  readonly recreatedMs: number;
  readonly scheduledMs: number;
  readonly runningMs: number;
}
