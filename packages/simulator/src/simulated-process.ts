/** A process of the world: its successive lives, and what is wrong between them and everything else. */

import {
  type Cluster,
  errorMessage,
  type Logger,
  type OpenTransport,
  type Store,
  type Transport,
} from '@mooring/core';
import { FaultyStore, StoreLink } from './faulty-store.ts';
import { Life, type OnTrouble } from './life.ts';
import type { AgentEnd, ProcessAct } from './plan.ts';
import { BusLink } from './simulated-bus.ts';
import { SkewedClock } from './skewed-clock.ts';
import { twisted } from './twisted.ts';
import type { World } from './world.ts';

/** How long a process may take to end once it is told to; beyond the longest grace period and what faults cost. */
const endMsMax = 300_000;

export abstract class SimulatedProcess {
  readonly name: string;
  readonly link: StoreLink;
  readonly busLink: BusLink;
  readonly clock: SkewedClock;
  /** When something was last wrong with it or its connections. */
  troubledUntilMs = Number.NEGATIVE_INFINITY;
  protected readonly world: World;
  protected life: Life | undefined;
  private running: Cluster | undefined;
  private isEnding = false;
  private isRetired = false;
  private readonly repairs = new Set<Disposable>();

  /** `label`: of its connections, where two processes have one name. */
  constructor(world: World, name: string, label = name) {
    this.world = world;
    this.name = name;
    this.clock = new SkewedClock(world.clock);
    this.link = new StoreLink(world.random.fork(`store/${label}`), world.clock);
    this.busLink = new BusLink(world.random.fork(`bus/${label}`));
  }

  /** It is there and at work. */
  get isUp(): boolean {
    return this.running !== undefined && !this.isEnding;
  }

  /** Nothing is wrong with it at this moment, and was for the time before. */
  wasWell(sinceMs: number): boolean {
    return this.isUp && this.life?.isStill === false && this.troubledUntilMs < sinceMs;
  }

  start(): void {
    const { world } = this;
    const trouble: OnTrouble = (law, words) => world.history.violate(law, words);
    const life = new Life(this.name, world.nextLife(this.name), this.clock, trouble);
    this.life = life;
    this.isEnding = false;
    this.begins(life);
    world.history.note(`${life.name} begins`);
    this.open(life).then(
      (cluster) => {
        if (this.life === life) this.running = cluster;
      },
      (error: unknown) => {
        if (this.life !== life || life.isDead) return;
        this.refused(life, error);
      },
    );
  }

  /** Ends it in one of the ways in which a process can end, and starts it again after a while. */
  end(how: AgentEnd, downMs: number): void {
    const { life, running } = this;
    if (life === undefined || this.isEnding) return;
    if (how === 'crash' || running === undefined) {
      this.crash(downMs);
      return;
    }
    this.isEnding = true;
    // A process that is stopped hears of it when it goes on.
    life.whenAwake(() => this.finish(how, downMs, life, running));
  }

  private finish(how: Exclude<AgentEnd, 'crash'>, downMs: number, life: Life, running: Cluster): void {
    const { world } = this;
    this.ending(how, life);
    world.history.note(`${life.name} is told to ${how}`);
    const overdue = world.clock.setTimeout(() => {
      if (!this.isExcused) world.history.violate('ends-when-told', `${life.name} still does not ${how}`);
      this.crash(downMs);
    }, endMsMax);
    running[how]().then(
      () => {
        world.clock.clearTimeout(overdue);
        if (this.life !== life) return;
        world.history.note(`${life.name} has ended`);
        life.end();
        this.ended(how, life);
        this.startAfter(downMs);
      },
      (error: unknown) => world.history.violate('ends-when-told', `${life.name}: ${errorMessage(error)}`),
    );
  }

  suffer(act: Exclude<ProcessAct, { act: 'end-agent' | 'rival' }>): void {
    switch (act.act) {
      case 'store-fault': {
        const repair = this.link.fault(act.fault, act.share);
        if (act.fault === 'lag') this.lasts(act.forMs, repair);
        else this.until(act.forMs, repair);
        return;
      }
      case 'break-watches':
        this.link.breakWatches();
        this.troubled(0);
        return;
      case 'bus-fault':
        this.until(act.forMs, this.busLink.fault(act.fault, act.share));
        return;
      case 'cut-off':
        if (act.way !== 'in') this.until(act.forMs, this.link.fault('lost-request', 1));
        if (act.way !== 'out') this.until(act.forMs, this.link.fault('lost-reply', 1));
        if (act.way !== 'out') this.until(act.forMs, this.link.fault('stall', 1));
        this.until(act.forMs, this.busLink.cut(act.way));
        return;
      case 'pause':
        this.pause(act.forMs);
        return;
      case 'set-clock':
        this.troubled(0);
        this.world.truth.clockSetAtMs.set(this.name, this.world.clock.now());
        this.clock.jump(act.byMs);
        return;
      case 'drift':
        this.clock.drift(act.rate);
        return;
    }
  }

  heal(): void {
    for (const repair of this.repairs) repair[Symbol.dispose]();
    this.repairs.clear();
  }

  /** Killed, and not started again. */
  retire(): void {
    this.isRetired = true;
    if (this.life === undefined) return;
    this.world.history.note(`${this.life.name} dies`);
    this.life.die();
    this.leave();
  }

  /** Nothing of it does anything any more. */
  abandon(): void {
    this.life?.die();
  }

  protected abstract open(life: Life): Promise<Cluster>;

  /** It could not be started. */
  protected refused(life: Life, error: unknown): void {
    this.world.history.violate('no-breakdown', `${life.name} does not start: ${errorMessage(error)}`);
  }

  protected begins(_life: Life): void {}

  protected ending(_how: AgentEnd, _life: Life): void {}

  protected ended(_how: AgentEnd, _life: Life): void {}

  /** Before the next life begins. */
  protected async cleanUp(_life: Life): Promise<void> {}

  /** It may take longer to end than it should. */
  protected get isExcused(): boolean {
    return false;
  }

  /** What it reports as an error: everything that is simulated is to be expected. */
  protected complain(words: string): void {
    this.world.history.violate('no-breakdown', words);
  }

  protected crash(downMs: number): void {
    this.world.history.note(`${this.life?.name} dies`);
    this.life?.die();
    this.startAfter(downMs);
  }

  protected troubled(forMs: number): void {
    this.troubledUntilMs = Math.max(this.troubledUntilMs, this.world.clock.now() + forMs);
  }

  /** A fault that ends after a while, or when everything is healed. */
  protected until(forMs: number, repair: Disposable): void {
    this.troubled(forMs);
    this.lasts(forMs, repair);
  }

  private lasts(forMs: number, repair: Disposable): void {
    this.repairs.add(repair);
    this.world.clock.setTimeout(() => {
      if (!this.repairs.delete(repair)) return;
      repair[Symbol.dispose]();
    }, forMs);
  }

  /** What a life of it gets at: the store and the bus over its own connection. */
  protected transportOf(life: Life): Transport {
    const store = this.storeOf(life);
    const bus = this.world.bus.join(life, this.busLink);
    const opened: OpenTransport = { store, bus, [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose]() };
    return { name: 'simulated', open: async () => opened };
  }

  protected loggerOf(life: Life): Logger {
    const see = (fields: object, message: string) =>
      this.world.secrets?.see(`log of ${life.name}: ${message}`, { ...fields, message });
    const logger: Logger = {
      debug: see,
      info: see,
      warn: see,
      error: (fields, message) => {
        see(fields, message);
        if (!life.isDead) this.complain(`${life.name}: ${message} ${wordsOf(fields)}`);
      },
      child: () => logger,
    };
    return logger;
  }

  private storeOf(life: Life): Store {
    const { store, options } = this.world;
    const own = new FaultyStore(store, this.link, life);
    return options.twistStore === undefined ? own : twisted(own, options.twistStore(own));
  }

  private pause(forMs: number): void {
    const { life } = this;
    if (life === undefined) return;
    this.world.history.note(`${life.name} is paused`);
    life.pause();
    const resume = () => {
      this.world.history.note(`${life.name} goes on`);
      life.resume();
    };
    this.until(forMs, { [Symbol.dispose]: resume });
  }

  private startAfter(downMs: number): void {
    this.leave();
    this.troubled(downMs);
    this.world.clock.setTimeout(() => {
      if (!this.isRetired) this.start();
    }, downMs);
  }

  private leave(): void {
    const { life } = this;
    this.life = undefined;
    this.running = undefined;
    this.isEnding = true;
    if (life !== undefined) void this.cleanUp(life);
  }
}

function wordsOf(fields: object): string {
  return Object.entries(fields)
    .map(
      ([key, value]) => `${key}=${value instanceof Error ? (value.stack ?? value.message) : String(value)}`,
    )
    .join(' ');
}
