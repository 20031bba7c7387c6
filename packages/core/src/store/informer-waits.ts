/** Those who wait for a cache to catch up with what they know to be true of the store. */

import type { Revision } from '../contract/store.ts';
import { onAbort } from '../engine/abortable.ts';

interface Wait {
  readonly revision: Revision;
  readonly resolve: () => void;
}

export class InformerWaits {
  /** In the order of revisions. */
  private readonly revisions: Wait[] = [];
  /** By key and UID. */
  private readonly removals = new Map<string, Set<() => void>>();

  seen(revision: Revision, current: Revision, signal: AbortSignal): Promise<void> {
    if (revision <= current) return Promise.resolve();
    return until(signal, (resolve) => {
      const wait = { revision, resolve };
      const at = this.revisions.findIndex((other) => other.revision > revision);
      this.revisions.splice(at < 0 ? this.revisions.length : at, 0, wait);
      return () => {
        const index = this.revisions.indexOf(wait);
        if (index >= 0) this.revisions.splice(index, 1);
      };
    });
  }

  gone(key: string, uid: string, signal: AbortSignal): Promise<void> {
    const id = `${key} ${uid}`;
    return until(signal, (resolve) => {
      const waiting = this.removals.get(id) ?? new Set();
      this.removals.set(id, waiting.add(resolve));
      return () => {
        waiting.delete(resolve);
        if (waiting.size === 0) this.removals.delete(id);
      };
    });
  }

  reached(revision: Revision): void {
    while (this.revisions[0] !== undefined && this.revisions[0].revision <= revision)
      this.revisions.shift()?.resolve();
  }

  removed(key: string, uid: string): void {
    for (const resolve of [...(this.removals.get(`${key} ${uid}`) ?? [])]) resolve();
  }
}

/** `begin` is given what to call when it is time, and gives back how to stop waiting. */
function until(signal: AbortSignal, begin: (resolve: () => void) => () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    let end = () => {};
    const forget = onAbort(signal, () => {
      end();
      reject(signal.reason);
    });
    end = begin(() => {
      end();
      forget();
      resolve();
    });
  });
}
