/**
 * A container of an agent runs once. One that somebody else has started again, by `docker restart` or `docker start`, is
 * ended at once: its agent makes a new one, or has done so, with its own log and count, by the policy of the pod.
 */

import { errorMessage, type Logger } from '@mooring/core';
import type { Engine } from './engine.ts';
import { statusOf } from './engine-error.ts';
import type { Spares } from './spares.ts';

export interface RerunsOptions {
  readonly engine: Engine;
  readonly logger: Logger;
  readonly spares: Spares;
}

const never = new AbortController().signal;

export class Reruns {
  private readonly options: RerunsOptions;

  constructor(options: RerunsOptions) {
    this.options = options;
  }

  end(id: string): void {
    const { logger } = this.options;
    logger.warn({ containerID: id }, 'container started by somebody else: ended');
    this.kill(id).catch((error: unknown) =>
      logger.warn({ containerID: id, error: errorMessage(error) }, 'container not ended'),
    );
  }

  private async kill(id: string): Promise<void> {
    const { engine, spares } = this.options;
    // What was made ahead and has run is of no use any more.
    const isSpare = spares.forget(id);
    try {
      await engine.call(`ending container ${id}`, never, (docker, abortSignal) =>
        isSpare
          ? docker.getContainer(id).remove({ force: true, v: true, abortSignal })
          : docker.getContainer(id).kill({ signal: 'SIGKILL', abortSignal }),
      );
    } catch (error) {
      // Gone, or it has ended by itself.
      if (![404, 409].includes(statusOf(error) ?? 0)) throw error;
    }
  }
}
