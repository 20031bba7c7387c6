/** Nodes that pods name and that are not there: taken for gone after a while, and never on the word of a cache. */
export class MissingNodes {
  private readonly quarantineMs: number;
  /** A longer time without a look is one in which somebody else had the word, or nobody. */
  private readonly gapMsMax: number;
  /** By name: when it was first missed, on the monotonic clock. */
  private readonly sinceMs = new Map<string, number>();
  private lookedAtMs = 0;

  constructor({ quarantineMs, periodMs }: { readonly quarantineMs: number; readonly periodMs: number }) {
    this.quarantineMs = quarantineMs;
    this.gapMsMax = Math.max(quarantineMs, 2 * periodMs);
  }

  /** Of those that are missing now, the ones that have been for long enough and that `isThere` denies. */
  async confirmed(
    missing: ReadonlySet<string>,
    nowMs: number,
    isThere: (name: string) => Promise<boolean>,
  ): Promise<ReadonlySet<string>> {
    // A node may have come and gone while nobody looked.
    if (nowMs - this.lookedAtMs > this.gapMsMax) this.sinceMs.clear();
    this.lookedAtMs = nowMs;
    for (const name of this.sinceMs.keys()) if (!missing.has(name)) this.sinceMs.delete(name);
    const gone = new Set<string>();
    for (const name of missing) {
      const sinceMs = this.sinceMs.get(name) ?? nowMs;
      this.sinceMs.set(name, sinceMs);
      if (nowMs - sinceMs < this.quarantineMs) continue;
      if (await isThere(name)) this.sinceMs.delete(name);
      else gone.add(name);
    }
    return gone;
  }
}
