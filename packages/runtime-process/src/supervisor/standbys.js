// @ts-check
/** The next instances of containers, set up while their predecessors run. */

import { clock } from './clock.js';
import { isCurrent } from './launcher.js';

/** @typedef {import('../supervisor-protocol.ts').LaunchPlan} LaunchPlan */
/** @typedef {import('./launcher.js').Launcher} Launcher */
/** @typedef {import('./launcher.js').Launch} Launch */
/** @typedef {{ timer?: ReturnType<typeof clock.after>, launch?: Promise<Launch> }} Standby */

/** Prepared a moment after the last instance was started, so as not to slow its start down. */
const delayMs = 100;
/** Kept for longer than the longest back-off between two restarts (300 s). */
const idleMs = 330_000;

export class Standbys {
  /** @param {Launcher} launcher */
  constructor(launcher) {
    this.launcher = launcher;
    /** @type {Map<string, Standby>} */
    this.byKey = new Map();
  }

  /**
   * The prepared launch, when it is the very one that is asked for; waits for one that is being prepared.
   * @param {string} key
   * @param {LaunchPlan} plan
   * @returns {Promise<Launch | undefined>}
   */
  async take(key, plan) {
    const standby = this.byKey.get(key);
    standby?.timer?.clear();
    this.byKey.delete(key);
    // One that could not be prepared is no use; preparing it again tells the caller why.
    const launch = await standby?.launch?.catch(() => undefined);
    if (standby === undefined || launch === undefined) return undefined;
    const isWanted = JSON.stringify(launch.plan) === JSON.stringify(plan);
    if (isWanted && !launch.shell.hasEnded() && isCurrent(launch.shell)) return launch;
    this.launcher.discard(launch);
    return undefined;
  }

  /** @param {string} key @param {LaunchPlan} plan */
  prepareLater(key, plan) {
    this.retire(key);
    /** @type {Standby} */
    const standby = {};
    this.byKey.set(key, standby);
    standby.timer = clock.after(() => {
      standby.launch = this.launcher.prepare(plan);
      standby.launch.catch((error) => console.error(`preparing the next instance of ${key}:`, error));
    }, delayMs);
  }

  /** The predecessor has ended: its successor comes within the back-off, or never. @param {string} key */
  retireLater(key) {
    const standby = this.byKey.get(key);
    if (standby?.launch === undefined) return;
    standby.timer?.clear();
    standby.timer = clock.after(() => this.retire(key), idleMs);
    standby.timer.unref();
  }

  async retireAll() {
    await Promise.all([...this.byKey.keys()].map((key) => this.retire(key)));
  }

  /** Resolves when it is gone. @param {string} key */
  async retire(key) {
    const standby = this.byKey.get(key);
    standby?.timer?.clear();
    this.byKey.delete(key);
    // One that could not be prepared has nothing to be discarded.
    const launch = await standby?.launch?.catch(() => undefined);
    if (launch !== undefined) this.launcher.discard(launch);
  }
}
