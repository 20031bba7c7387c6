/** The connections that the proxies of this process hold open, and to which pods. */

import type { Socket } from 'node:net';
import { onAbort } from '../../engine/abortable.ts';
import { LruMap } from '../../engine/lru-map.ts';

interface Entry {
  /** Bytes in both directions when it was last looked at; negative before. */
  bytes: number;
  /** The same, when it was last looked at because it was open one way only. */
  halfClosedBytes: number;
}

/** Pods that are remembered to be on their way out: far more than ever are at a time. */
const leavingMax = 1000;

export class Connections {
  private readonly sockets = new Map<Socket, Entry>();
  private readonly ofPod = new Map<string, number>();
  private readonly leaving = new LruMap<string, true>(leavingMax);
  private readonly waiters = new Map<string, Set<() => void>>();

  /** Clients, whether they have been led to a pod or not. */
  get size(): number {
    return this.sockets.size;
  }

  /** The socket of a client; forgotten when it closes. */
  add(client: Socket): void {
    this.sockets.set(client, { bytes: -1, halfClosedBytes: -1 });
    client.once('close', () => this.sockets.delete(client));
  }

  /** A connection to the pod begins. The function given back says that it is over; calling it again does nothing. */
  open(podUID: string | undefined): () => void {
    if (podUID === undefined) return () => {};
    this.ofPod.set(podUID, this.openTo(podUID) + 1);
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      const left = this.openTo(podUID) - 1;
      if (left > 0) {
        this.ofPod.set(podUID, left);
        return;
      }
      this.ofPod.delete(podUID);
      for (const wake of this.waiters.get(podUID) ?? []) wake();
    };
  }

  /** The pod is about to be stopped: what the EndpointSlices say of it may be out of date. */
  leave(podUID: string): void {
    this.leaving.set(podUID, true);
  }

  isLeaving(podUID: string | undefined): boolean {
    return podUID !== undefined && this.leaving.get(podUID) === true;
  }

  openTo(podUID: string): number {
    return this.ofPod.get(podUID) ?? 0;
  }

  /** Resolves when no connection to the pod is open; rejects when the signal aborts before. */
  async drained(podUID: string, signal: AbortSignal): Promise<void> {
    // One may have begun between the end of the last and this turn.
    while (this.openTo(podUID) > 0) {
      signal.throwIfAborted();
      await this.nextEnd(podUID, signal);
    }
  }

  /** Closes the connections over which nothing went since this was called last. */
  closeIdle(): void {
    for (const [client, entry] of this.sockets) {
      const bytes = client.bytesRead + client.bytesWritten;
      if (bytes === entry.bytes) client.destroy();
      entry.bytes = bytes;
    }
  }

  /**
   * The same for those that one side has ended: a client that is gone cannot be told from one that only listens, and where
   * the endpoint does not end its side either, nobody ever would.
   */
  closeIdleHalfClosed(): void {
    for (const [client, entry] of this.sockets) {
      const isHalfClosed = client.readableEnded || client.writableEnded;
      const bytes = isHalfClosed ? client.bytesRead + client.bytesWritten : -1;
      if (isHalfClosed && bytes === entry.halfClosedBytes) client.destroy();
      entry.halfClosedBytes = bytes;
    }
  }

  /** What was still being sent is cut off, and must not look as if it were complete. */
  resetAll(): void {
    for (const client of this.sockets.keys()) client.resetAndDestroy();
  }

  private nextEnd(podUID: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting = this.waiters.get(podUID) ?? new Set();
      this.waiters.set(podUID, waiting);
      const end = () => {
        forget();
        waiting.delete(wake);
        if (waiting.size === 0 && this.waiters.get(podUID) === waiting) this.waiters.delete(podUID);
      };
      const wake = () => {
        end();
        resolve();
      };
      waiting.add(wake);
      const forget = onAbort(signal, () => {
        end();
        reject(signal.reason);
      });
    });
  }
}
