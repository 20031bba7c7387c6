import type { Pair } from '../in-turn.ts';
import type { ApiUsage } from './api-pair.ts';

export interface ApiLists {
  readonly pods: number;
  /** Milliseconds until the last byte is there. */
  readonly json: Pair;
  readonly table: Pair;
  /** Of one answer. */
  readonly jsonBytes: number;
  readonly tableBytes: number;
  /** Memory before the first list. */
  readonly before: ApiUsage;
  readonly ours: ApiUsage;
  readonly floor: ApiUsage;
}
