export interface VirtualDay {
  readonly pods: number;
  readonly hours: number;
  readonly tookMs: number;
  readonly cpuMs: number;
  /** Ends of containers that were heard of as facts. */
  readonly exits: number;
  /** As the statuses of the pods count them. */
  readonly restarts: number;
  /** Events that are still kept, each as often as it was counted. */
  readonly events: number;
}
