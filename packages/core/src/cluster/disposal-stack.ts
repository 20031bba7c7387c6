import type { Clock } from '../contract/clock.ts';
import type { Logger } from '../contract/logger.ts';
import { withDeadline } from '../engine/deadline.ts';

/** Things to close, in reverse order, each with a deadline: one that hangs or fails does not keep the others open. */
export class DisposalStack {
  private readonly entries: {
    readonly name: string;
    readonly msMax: number;
    readonly close: () => Promise<void>;
  }[] = [];

  push(name: string, close: () => Promise<void>, msMax = 10_000): void {
    this.entries.push({ name, msMax, close });
  }

  /** Closes everything once; a second call finds nothing left. */
  async dispose(clock: Clock, logger: Logger): Promise<void> {
    for (let entry = this.entries.pop(); entry !== undefined; entry = this.entries.pop()) {
      const { name, msMax, close } = entry;
      try {
        await withDeadline(clock, msMax, undefined, `closing ${name}`, close);
      } catch (err) {
        logger.error({ component: name, err }, 'not closed cleanly');
      }
    }
  }
}
