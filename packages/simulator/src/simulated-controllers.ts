/** A process with controllers and a scheduler: one of several, of which the one that holds the lease works. */

import { tmpdir } from 'node:os';
import { type Cluster, type ControllerCaches, createControllers } from '@mooring/core';
import { census } from './census.ts';
import type { Life } from './life.ts';
import { SimulatedProcess } from './simulated-process.ts';

export class SimulatedControllers extends SimulatedProcess {
  /** Of its life; absent before it has led. */
  caches: ControllerCaches | undefined;

  protected async open(life: Life): Promise<Cluster> {
    const { world } = this;
    const { preset } = world.plan;
    this.caches = undefined;
    const own = census((caches) => {
      if (!life.isDead) this.caches = caches;
    });
    return await createControllers({
      plugins: [...world.probes, own],
      clock: life.clock,
      random: world.random.fork(life.name),
      transport: this.transportOf(life),
      logger: this.loggerOf(life),
      dataDir: tmpdir(),
      ...(preset && { preset }),
    });
  }

  protected override complain(words: string): void {
    // That is what an object of somebody else's looks like to it.
    if (words.includes('is no object of its kind')) return;
    super.complain(words);
  }
}
