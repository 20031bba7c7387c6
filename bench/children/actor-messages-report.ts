import type { Pair } from '../in-turn.ts';

export interface ActorMessages {
  /** Microseconds of one command and its answer. */
  readonly roundTrip: Pair;
  /** Microseconds of one fact. */
  readonly publishing: Pair;
  readonly factBytes: number;
}
