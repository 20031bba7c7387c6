/** Says who keeps an object that should have gone long ago: nobody else would, and it stays for ever. */

import { finalizersOf, foregroundFinalizer } from '../../api/finalizers.ts';
import { parseTime } from '../../api/meta.ts';
import type { ReconcileContext } from '../../contract/controller.ts';
import { LruMap } from '../../engine/lru-map.ts';
import type { AnyObject } from '../for-each-object.ts';
import { type OwnerGraph, waitsForDependents } from './owner-graph.ts';

/** After its deletion, or the end of its grace period; then again and again. */
const firstAfterMs = 60_000;
const againAfterMs = 600_000;
/** Objects that are known to have been told of; one that is forgotten is told of again. */
const toldMax = 10_000;
const namesMax = 3;

export class HeldObjects {
  /** By UID: when it was told of last. */
  private readonly toldMs = new LruMap<string, number>(toldMax);

  /** Tells of an object when it is time to, and gives the time until then or until the next time. */
  tell(object: AnyObject, graph: OwnerGraph, { clock, recordEvent }: ReconcileContext): number {
    const { uid, deletionTimestamp } = object.metadata;
    const nowMs = clock.now();
    const toldMs = this.toldMs.get(uid);
    const dueMs =
      toldMs === undefined ? (parseTime(deletionTimestamp) ?? nowMs) + firstAfterMs : toldMs + againAfterMs;
    if (dueMs > nowMs) return dueMs - nowMs;
    this.toldMs.set(uid, nowMs);
    recordEvent(object, {
      type: 'Warning',
      reason: 'FinalizersRemaining',
      message: `Deleted at ${deletionTimestamp}, kept by ${finalizersOf(object).join(', ')}${waitWords(object, graph)}`,
    });
    return againAfterMs;
  }
}

/** `: waits for Pod web-1, Pod web-2, Pod web-3 and 7 more` */
function waitWords(object: AnyObject, graph: OwnerGraph): string {
  if (!waitsForDependents(object)) return '';
  const names = graph.blockersOf(object.metadata.uid).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  if (names.length === 0) return '';
  const others = names.length > namesMax ? ` and ${names.length - namesMax} more` : '';
  return `: ${foregroundFinalizer} waits for ${names.slice(0, namesMax).join(', ')}${others}`;
}
