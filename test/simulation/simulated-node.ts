/** A node of the world: its engine, the successive lives of its agent, and what is wrong with both. */

import { type Cluster, createAgent, errorMessage, type Logger, type Plugin, type Store } from '@mooring/core';
import { memoryVolumes } from '@mooring/core/testing';
import type { FakeFault, FakeHost, FakeVerb } from '@mooring/runtime-fake';
import { FaultyStore, type StoreLink } from './faulty-store.ts';
import { Life } from './life.ts';
import type { AgentEnd } from './plan.ts';
import { watchedRuntime } from './watched-runtime.ts';
import type { World } from './world.ts';

/** How long an agent may take to end once it is told to; beyond the longest grace period and what faults cost. */
const endMsMax = 300_000;

/** For as long after a fault as a call that it hit may still be waited for. */
const aftermathMs = 130_000;

export class SimulatedNode {
  readonly name: string;
  readonly link: StoreLink;
  private readonly world: World;
  private life: Life | undefined;
  private agent: Cluster | undefined;
  private lives = 0;
  private isEnding = false;
  private readonly repairs = new Set<Disposable>();

  constructor(world: World, name: string, link: StoreLink) {
    this.world = world;
    this.name = name;
    this.link = link;
  }

  /** Its agent is there and at work. */
  get isUp(): boolean {
    return this.agent !== undefined && !this.isEnding;
  }

  start(): void {
    const { world } = this;
    const late = (words: string) => world.history.violate('no-late-deed', words);
    const life = new Life(this.name, ++this.lives, world.clock, late);
    this.life = life;
    this.isEnding = false;
    world.truth.closing.delete(this.name);
    world.history.note(`${life.name} begins`);
    createAgent({
      name: this.name,
      plugins: [this.runtimeOf(life), ...world.probes],
      clock: life.clock,
      random: world.random.fork(life.name),
      store: this.storeOf(life),
      logger: complaints(life, (words) => this.complain(words)),
      volumes: () => memoryVolumes(world.disk(this.name)),
      dataDir: 'simulated',
      allocatable: { cpu: '4', memory: '8Gi' },
      ...(world.options.logic && { logic: world.options.logic }),
      ...(world.options.crashLoop && { crashLoop: world.options.crashLoop }),
    }).then(
      (agent) => {
        if (this.life === life) this.agent = agent;
      },
      (error: unknown) =>
        world.history.violate('no-breakdown', `${life.name} does not start: ${errorMessage(error)}`),
    );
  }

  /** Ends its agent in one of the ways an agent can end, and starts the next one after a while. */
  end(how: AgentEnd, downMs: number): void {
    const { world, life, agent } = this;
    if (life === undefined || this.isEnding) return;
    if (how === 'crash' || agent === undefined) {
      this.crash(downMs);
      return;
    }
    this.isEnding = true;
    if (how === 'close') world.truth.closing.add(this.name);
    world.history.note(`${life.name} is told to ${how}`);
    const overdue = world.clock.setTimeout(() => {
      if (!this.wasFaulty) world.history.violate('ends-when-told', `${life.name} still does not ${how}`);
      this.crash(downMs);
    }, endMsMax);
    agent[how]().then(
      () => {
        world.clock.clearTimeout(overdue);
        if (this.life !== life) return;
        world.history.note(`${life.name} has ended`);
        life.end();
        if (how === 'close') this.checkClosed();
        this.startAfter(downMs);
      },
      (error: unknown) => world.history.violate('ends-when-told', `${life.name}: ${errorMessage(error)}`),
    );
  }

  breakEngine(forMs: number): void {
    this.markFaulty(forMs);
    this.host.breakDown(forMs);
  }

  loseEvents(forMs: number): void {
    this.host.loseEvents(forMs);
  }

  fault(verb: FakeVerb, fault: FakeFault, forMs: number): void {
    this.markFaulty(forMs);
    this.until(forMs, this.host.fault(verb, fault));
  }

  storeFault(fault: Parameters<StoreLink['fault']>[0], share: number, forMs: number): void {
    this.until(forMs, this.link.fault(fault, share));
  }

  heal(): void {
    for (const repair of this.repairs) repair[Symbol.dispose]();
    this.repairs.clear();
    this.host.repair();
  }

  /** Nothing of it does anything any more. */
  abandon(): void {
    this.life?.die();
  }

  get host(): FakeHost {
    return this.world.host(this.name);
  }

  /** An engine that does not answer may keep an agent from stopping what it runs, and that is all. */
  private complain(words: string): void {
    const isExcused = words.includes('could not be stopped') && this.wasFaulty;
    if (!isExcused) this.world.history.violate('no-breakdown', words);
  }

  /** While its agent was ending. */
  private get wasFaulty(): boolean {
    const { truth, clock } = this.world;
    return truth.wasFaultySince(this.name, clock.now() - endMsMax);
  }

  private crash(downMs: number): void {
    this.world.history.note(`${this.life?.name} dies`);
    this.life?.die();
    this.startAfter(downMs);
  }

  private startAfter(downMs: number): void {
    this.life = undefined;
    this.agent = undefined;
    this.isEnding = true;
    void this.freeName();
    this.world.clock.setTimeout(() => this.start(), downMs);
  }

  /** The next agent of a host sees that the process of the last one is no more; here all live in one process. */
  private async freeName(): Promise<void> {
    await this.world.store.as('host').delete(`leases/kube-node-lease/${this.name}`, undefined);
  }

  private checkClosed(): void {
    const { truth } = this.world;
    // What is left of a pod that is gone is not this agent's before it has looked twice.
    const isOwn = (podUID: string) => truth.pods.get(podUID)?.isGone === false;
    const running = [...this.host.containers.values()].find(
      ({ isRunning, info }) => isRunning && isOwn(info.podUID),
    );
    if (running !== undefined && !this.wasFaulty)
      this.world.history.violate('ends-when-told', `${running.info.id} runs after a clean stop`);
  }

  private markFaulty(forMs: number): void {
    const { truth, clock } = this.world;
    truth.isFaulty(this.name, clock.now() + forMs + aftermathMs);
  }

  private until(forMs: number, repair: Disposable): void {
    this.repairs.add(repair);
    this.world.clock.setTimeout(() => {
      repair[Symbol.dispose]();
      this.repairs.delete(repair);
    }, forMs);
  }

  private storeOf(life: Life): Store {
    const { store, options } = this.world;
    const own = new FaultyStore(store.as(life.name), this.link, life);
    return options.twistStore === undefined ? own : twisted(own, options.twistStore(own));
  }

  private runtimeOf(life: Life): Plugin {
    const { world } = this;
    return {
      name: 'runtime-simulated',
      core: '^0.1.0',
      register: (registry) =>
        world.runtime.register({
          ...registry,
          addRuntime: (name, create) =>
            registry.addRuntime(name, async (context) => {
              // The engine lives by the clock of the world, not by that of one agent.
              const real = await create({ ...context, clock: world.clock });
              const watched = watchedRuntime(real, life, world.truth);
              const { twist } = world.options;
              return twist === undefined ? watched : twisted(watched, twist(watched, life.clock));
            }),
        }),
    };
  }
}

/** The object with some of its methods replaced. */
function twisted<T extends object>(own: T, others: Partial<T>): T {
  return new Proxy(own, {
    get(target, key) {
      if (key in others) return Reflect.get(others, key);
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** An agent that reports an error of its own has made a mistake: everything that is simulated is to be expected. */
function complaints(life: Life, complain: (words: string) => void): Logger {
  const ignore = () => {};
  const logger: Logger = {
    debug: ignore,
    info: ignore,
    warn: ignore,
    error: (fields, message) => {
      if (!life.isDead) complain(`${life.name}: ${message} ${wordsOf(fields)}`);
    },
    child: () => logger,
  };
  return logger;
}

function wordsOf(fields: object): string {
  return Object.entries(fields)
    .map(
      ([key, value]) => `${key}=${value instanceof Error ? (value.stack ?? value.message) : String(value)}`,
    )
    .join(' ');
}
