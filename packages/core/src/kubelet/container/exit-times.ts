/**
 * When instances ended, by the monotonic clock. A runtime knows the wall time only, and that may be set while a container
 * waits: whoever sets the clock of a host ends no back-off and begins none.
 */

import type { Clock } from '../../contract/clock.ts';
import type { ContainerInfo } from '../../contract/container-runtime.ts';
import { LruMap } from '../../engine/lru-map.ts';

/** Far more than the last instances of all containers of a node. */
const sizeMax = 4096;

export class ExitTimes {
  private readonly clock: Pick<Clock, 'now' | 'monotonicMs'>;
  private readonly seen = new LruMap<string, number>(sizeMax);

  constructor(clock: Pick<Clock, 'now' | 'monotonicMs'>) {
    this.clock = clock;
  }

  /** The same each time, however the wall clock is set meanwhile. Never later than now. */
  monotonicMs(info: ContainerInfo): number {
    const known = this.seen.get(info.id);
    if (known !== undefined) return known;
    // A runtime that lost the time of the end still knows that it was not before the start.
    const wallMs = info.finishedAtMs ?? info.startedAtMs ?? info.createdAtMs;
    const atMs = Math.floor(this.clock.monotonicMs() - Math.max(0, this.clock.now() - wallMs));
    this.seen.set(info.id, atMs);
    return atMs;
  }
}
