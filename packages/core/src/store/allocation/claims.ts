/**
 * Things of which there is only one in a cluster (an address, a port), each held by one object: `serviceips/127.96.0.7`.
 *
 * A claim is made before the object that wants it is written, and confirmed after that. Both are compare-and-swap, so of
 * two writers that want the same thing at the same time only one gets it confirmed. Nothing has to be given back: a claim
 * whose holder is gone, or holds something else, is taken over.
 */

import type { Clock } from '../../contract/clock.ts';
import { hasCode } from '../../contract/error.ts';
import type { Revision, Store } from '../../contract/store.ts';

export interface Holder {
  readonly namespace: string;
  readonly name: string;
}

/** What the store holds under the key of a claim. */
export interface ClaimRecord extends Holder {
  /** The holder was written with it. Otherwise it may still be on its way, or its writer has died. */
  readonly isConfirmed: boolean;
  readonly claimedAtMs: number;
}

export interface Claim {
  readonly key: string;
  revision: Revision;
}

export interface ClaimsOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** Does the holder exist, and have what the key stands for? Asked of the store, not of a cache. */
  isInUse(holder: Holder, key: string, signal: AbortSignal | undefined): Promise<boolean>;
}

/** So long after it was made a claim without a holder counts as being on its way. */
const pendingMsMax = 60_000;
/** Attempts of a claim that others keep overtaking. */
const attemptsMax = 16;

export class Claims {
  private readonly options: ClaimsOptions;

  constructor(options: ClaimsOptions) {
    this.options = options;
  }

  /** The claim, or `undefined` when the thing is taken by another object. */
  claim(key: string, holder: Holder, signal: AbortSignal | undefined): Promise<Claim | undefined> {
    return this.take(key, this.record(holder, false), signal);
  }

  /** To be called once the holder is written. False when the thing has been lost to another object meanwhile. */
  async confirm(claim: Claim, holder: Holder, signal: AbortSignal | undefined): Promise<boolean> {
    const record = this.record(holder, true);
    try {
      claim.revision = await this.options.store.update(claim.key, record, claim.revision, signal);
      return true;
    } catch (error) {
      if (!isOvertaken(error)) throw error;
      const again = await this.take(claim.key, record, signal);
      if (again !== undefined) claim.revision = again.revision;
      return again !== undefined;
    }
  }

  /**
   * The holder was not written with it after all. What somebody else has taken over stays, and what an object of that name
   * has had all along: a second one was refused, or another writer of the same change was faster.
   */
  async release(claim: Claim, holder: Holder, signal: AbortSignal | undefined): Promise<void> {
    if (await this.options.isInUse(holder, claim.key, signal)) {
      await this.confirm(claim, holder, signal);
      return;
    }
    try {
      await this.options.store.delete(claim.key, claim.revision, signal);
    } catch (error) {
      if (!isOvertaken(error)) throw error;
    }
  }

  private record({ namespace, name }: Holder, isConfirmed: boolean): ClaimRecord {
    return { namespace, name, isConfirmed, claimedAtMs: this.options.clock.now() };
  }

  private async take(
    key: string,
    record: ClaimRecord,
    signal: AbortSignal | undefined,
  ): Promise<Claim | undefined> {
    const { store } = this.options;
    for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
      try {
        const entry = await store.get(key, signal);
        if (entry === undefined) return { key, revision: await store.create(key, record, signal) };
        if (await this.isTaken(key, entry.value as ClaimRecord, record, signal)) return undefined;
        return { key, revision: await store.update(key, record, entry.revision, signal) };
      } catch (error) {
        // Another writer was faster: the next round sees what is true now.
        if (!isOvertaken(error) && !hasCode(error, 'ALREADY_EXISTS')) throw error;
      }
    }
    return undefined;
  }

  /** Of two claims of one name one will find that name taken, so they need not fight over this. */
  private async isTaken(
    key: string,
    known: ClaimRecord,
    { namespace, name, claimedAtMs }: ClaimRecord,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    if (known.namespace === namespace && known.name === name) return false;
    if (await this.options.isInUse(known, key, signal)) return true;
    return !known.isConfirmed && claimedAtMs - known.claimedAtMs < pendingMsMax;
  }
}

function isOvertaken(error: unknown): boolean {
  return hasCode(error, 'CONFLICT') || hasCode(error, 'NOT_FOUND');
}
