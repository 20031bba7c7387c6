export interface AtRest {
  readonly rssBytes: number;
  /** Of one core. */
  readonly cpuShare: number;
}

export interface IdleAgent {
  readonly pods: number;
  readonly ours: AtRest;
  readonly floor: AtRest;
}
