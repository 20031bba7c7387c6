import type { Pair } from '../in-turn.ts';

export interface StoreOnNats {
  /** Microseconds of one write. */
  readonly writing: Pair;
  /** Milliseconds until all was read. */
  readonly reading: Pair;
  /** Of one value. */
  readonly bytes: number;
}
