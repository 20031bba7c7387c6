/** Medians of rounds in turn, and the median of the ratios of each two of them. */
export interface Pair {
  readonly ours: number;
  readonly floor: number;
  readonly ratio: number;
}

export interface ActorMessages {
  /** Microseconds of one command and its answer. */
  readonly roundTrip: Pair;
  /** Facts a second. */
  readonly rate: Pair;
  readonly factBytes: number;
}
