/** Reads and writes the lease of one node, with the tries that Kubernetes' client library makes. */

import type { Lease } from '../../api/objects.ts';
import type { Clock } from '../../contract/clock.ts';
import { hasCode } from '../../contract/error.ts';
import type { ObjectStore } from '../../contract/object-store.ts';
import { nodeLeaseNamespace, renewedLease } from './node-lease.ts';

export interface LeaseKeeperOptions {
  readonly nodeName: string;
  readonly durationMs: number;
  readonly clock: Clock;
  readonly objects: ObjectStore;
  /** `sentAtMs`: when the write that came through was sent, on the monotonic clock. */
  onRenewed(sentAtMs: number): void;
}

/** Tries of one renewal, without a pause. */
const triesMax = 5;

export class LeaseKeeper {
  private readonly options: LeaseKeeperOptions;
  private latest: Lease | undefined;
  /** Of the Node object, as it was when the lease was asked for: it owns the lease. */
  private nodeUID: string | undefined;

  constructor(options: LeaseKeeperOptions) {
    this.options = options;
  }

  /** Whatever there is, or is not: afterwards the lease is there and fresh. */
  async ensure(signal: AbortSignal): Promise<void> {
    const { clock, objects, nodeName } = this.options;
    const sentAtMs = clock.monotonicMs();
    // One that was deleted would take the lease with it again and again.
    this.nodeUID = (await objects.get('Node', undefined, nodeName, signal))?.metadata.uid;
    const found = await objects.get('Lease', nodeLeaseNamespace, nodeName, signal);
    this.latest =
      found === undefined
        ? await objects.create(this.renewed(undefined), { signal })
        : await objects.update(this.renewed(found), signal);
    this.options.onRenewed(sentAtMs);
  }

  /** Rejects with the last error when no try came through. */
  async renew(signal: AbortSignal): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const sentAtMs = this.options.clock.monotonicMs();
      try {
        this.latest = await this.options.objects.update(this.renewed(this.latest), signal);
        this.options.onRenewed(sentAtMs);
        return;
      } catch (error) {
        if (tries === triesMax || signal.aborted) throw error;
        if (hasCode(error, 'CONFLICT')) await this.readAgain(signal);
      }
    }
  }

  /** Somebody else has written it; the next try begins from there. */
  private async readAgain(signal: AbortSignal): Promise<void> {
    const { objects, nodeName } = this.options;
    this.latest = (await objects.get('Lease', nodeLeaseNamespace, nodeName, signal)) ?? this.latest;
  }

  private renewed(current: Lease | undefined): Lease {
    const { nodeName, durationMs, clock } = this.options;
    return renewedLease(current, { nodeName, durationMs, nodeUID: this.nodeUID }, clock.now());
  }
}
