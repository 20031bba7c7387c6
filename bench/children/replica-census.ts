/** What a process with ReplicaSets says of itself. */
export interface ReplicaCensus {
  readonly pods: number;
  /** Of one core, while nothing changed. */
  readonly cpuShare: number;
  /** From the first `apply` until every set was ready. */
  readonly startMs: number;
  readonly startCpuMs: number;
  readonly heapBytes: number;
  /** Looks of all controllers while nothing changed. */
  readonly looksAtRest: number;
  /** By controller: looks that one changed label of one pod led to. */
  readonly looksOfOneLabel: readonly { readonly name: string; readonly looks: number }[];
}
