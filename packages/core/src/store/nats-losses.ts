/**
 * Why a bucket is not what it was. What shows an older state for a moment only, as a leader does that was deposed without
 * knowing it, may get better; what does not, is lost for good.
 */

import type { Clock } from '../contract/clock.ts';
import type { MooringError } from '../contract/error.ts';
import type { Logger } from '../contract/logger.ts';

export interface NatsLossesOptions {
  /** Name of the bucket. */
  readonly bucket: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** It is lost for good. Called once. */
  onLost(why: MooringError): void;
}

/** An older state may be shown for so long. */
const olderMsMax = 30_000;

export class NatsLosses {
  private readonly options: NatsLossesOptions;
  private trouble: MooringError | undefined;
  private sinceMs: number | undefined;
  private isOver = false;

  constructor(options: NatsLossesOptions) {
    this.options = options;
  }

  /** Absent when all is well. */
  get why(): MooringError | undefined {
    return this.trouble;
  }

  /** For good: it is not looked at any more. */
  get isFinal(): boolean {
    return this.isOver;
  }

  /** Gives back the error. `isFinal`: it cannot get better. */
  note(why: MooringError, isFinal = false): MooringError {
    const { bucket, clock, logger, onLost } = this.options;
    const nowMs = clock.monotonicMs();
    this.trouble = why;
    this.sinceMs ??= nowMs;
    if (this.isOver || (!isFinal && nowMs - this.sinceMs <= olderMsMax)) return why;
    this.isOver = true;
    logger.error({ component: 'nats', key: bucket, err: why }, 'the store has lost acknowledged writes');
    onLost(why);
    return why;
  }

  /** Everything was there. */
  clear(): void {
    this.trouble = undefined;
    this.sinceMs = undefined;
  }
}
