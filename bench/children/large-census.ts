/** What a process with a large cluster says of itself. */
export interface LargeCensus {
  readonly pods: number;
  readonly nodes: number;
  /** From the first `apply` until every pod was ready. */
  readonly startMs: number;
  readonly startCpuMs: number;
  readonly heapBytes: number;
  /** Pods of the node that was lost. */
  readonly lost: number;
  /** From the crash until the first pod counts as not ready. */
  readonly noticedMs: number;
  /** From the crash until every one of them is replaced and ready. */
  readonly replacedMs: number;
}
