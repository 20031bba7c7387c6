export interface AtRest {
  readonly rssBytes: number;
  /** Of one core. */
  readonly cpuShare: number;
}

export interface IdleAgent {
  readonly pods: number;
  readonly ours: AtRest;
  /** Of an agent whose process was started without any flags. */
  readonly withoutFlags: AtRest;
  readonly floor: AtRest;
}
