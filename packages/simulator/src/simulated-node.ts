/** A node of the world: its engine, the successive lives of its agent, and what is wrong with both. */

import { tmpdir } from 'node:os';
import { type Cluster, createAgent, hasCode, type Plugin } from '@mooring/core';
import { memoryVolumes } from '@mooring/core/testing';
import type { FakeFault, FakeHost, FakeVerb } from '@mooring/runtime-fake';
import type { Life } from './life.ts';
import type { AgentEnd } from './plan.ts';
import { allocatableMilliCPU } from './pod-sets.ts';
import { SimulatedProcess } from './simulated-process.ts';
import { twisted } from './twisted.ts';
import { watchedRuntime } from './watched-runtime.ts';

/** How far back a fault may be that keeps an agent from ending. */
const lastEndMsMax = 300_000;

/** For as long after a fault as a call that it hit may still be waited for. */
const aftermathMs = 130_000;

/** As a service manager does. */
const startAgainMs = 5000;

export class SimulatedNode extends SimulatedProcess {
  /** Another agent has, or wants, its name. */
  private hasRival = false;
  /** When it was told to end. */
  private toldMs = 0;
  /** Another agent had its name then. */
  private wasOthers = false;

  /** Somebody starts a second agent of this name on the same host, and ends it after a while. */
  meetRival(forMs: number): void {
    const rival = new SimulatedNode(this.world, this.name, `${this.name}/rival`);
    for (const one of [this, rival]) one.hasRival = true;
    this.world.truth.contested.add(this.name);
    rival.start();
    this.until(forMs, { [Symbol.dispose]: () => rival.retire() });
  }

  breakEngine(forMs: number): void {
    this.markFaulty(forMs);
    this.host.breakDown(forMs);
  }

  loseEvents(forMs: number): void {
    this.world.truth.deafUntilMs.set(this.name, this.world.clock.now() + forMs);
    this.host.loseEvents(forMs);
  }

  fault(verb: FakeVerb, fault: FakeFault, forMs: number): void {
    this.markFaulty(forMs);
    const isSlow = fault.hangs === true || fault.delayMs !== undefined;
    if (isSlow) this.world.truth.isSlow(this.name, this.world.clock.now() + forMs + aftermathMs);
    this.until(forMs, this.host.fault(verb, fault));
  }

  override heal(): void {
    super.heal();
    this.host.repair();
  }

  get host(): FakeHost {
    return this.world.host(this.name);
  }

  protected async open(life: Life): Promise<Cluster> {
    const { world } = this;
    const { crashLoop, logic } = world.options;
    const { preset } = world.plan;
    return await createAgent({
      name: this.name,
      plugins: [this.runtimeOf(life), ...world.probes],
      clock: life.clock,
      random: world.random.fork(life.name),
      transport: this.transportOf(life),
      logger: this.loggerOf(life),
      volumes: () => memoryVolumes(world.disk(this.name)),
      dataDir: tmpdir(),
      allocatable: { cpu: String(allocatableMilliCPU / 1000), memory: '8Gi' },
      ...(preset && { preset }),
      ...(logic && { logic }),
      ...(crashLoop && { crashLoop }),
    });
  }

  /** The name is taken, or an answer of the past says so. Whoever runs agents starts it again. */
  protected override refused(life: Life, error: unknown): void {
    const mayBeTaken = this.hasRival || this.link.isStale;
    if (hasCode(error, 'NODE_NAME_TAKEN') && mayBeTaken) this.crash(startAgainMs);
    else super.refused(life, error);
  }

  protected override begins(): void {
    this.world.truth.begins(this.name);
  }

  protected override ending(how: AgentEnd, life: Life): void {
    if (how === 'close') this.world.truth.closing.add(life.name);
    this.toldMs = this.world.truth.nowMs();
    this.wasOthers = this.isOthers(life);
  }

  protected override ended(how: AgentEnd, life: Life): void {
    const { names } = this.world;
    // What runs may be that one's who had the name meanwhile.
    const wasTaken = this.wasOthers || this.isOthers(life) || names.takenMs(life.name) >= this.toldMs;
    if (how === 'close' && !wasTaken) this.checkClosed();
  }

  /** An engine that does not answer may keep an agent from stopping what it runs, and that is all. */
  protected override complain(words: string): void {
    if (this.hasRival && words.includes('another agent has taken the name of this node')) {
      this.crash(startAgainMs);
      return;
    }
    const isLate = ['could not be stopped', 'not closed cleanly'].some((late) => words.includes(late));
    const isExcused = isLate && this.isExcused;
    // That is what an object of somebody else's looks like to it.
    if (!isExcused && !words.includes('is no object of its kind')) super.complain(words);
  }

  /** Its engine was faulty while it was ending. */
  protected override get isExcused(): boolean {
    const { truth, clock } = this.world;
    return truth.wasFaultySince(this.name, clock.now() - lastEndMsMax);
  }

  /** The next agent of a host sees that the process of the last one is no more; here all live in one process. */
  protected override async cleanUp(life: Life): Promise<void> {
    if (this.world.names.holderOf(this.name) !== life.name) return;
    await this.world.store.as('host').delete(`leases/kube-node-lease/${this.name}`, undefined);
  }

  /** Whether an agent other than this one has the name of the node. */
  private isOthers(life: Life): boolean {
    const holder = this.world.names.holderOf(this.name);
    return holder !== '' && holder !== life.name;
  }

  private checkClosed(): void {
    const { truth } = this.world;
    // What is left of a pod that is gone is not this agent's before it has looked twice.
    const isOwn = (podUID: string) => truth.pods.get(podUID)?.isGone === false;
    const running = [...this.host.containers.values()].find(
      ({ isRunning, info }) => isRunning && isOwn(info.podUID),
    );
    if (running !== undefined && !this.isExcused)
      this.world.history.violate('ends-when-told', `${running.info.id} runs after a clean stop`);
  }

  private markFaulty(forMs: number): void {
    const { truth, clock } = this.world;
    truth.isFaulty(this.name, clock.now() + forMs + aftermathMs);
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
              // The engine lives by the clock of its host, not by that of one agent.
              const real = await create({ ...context, clock: this.clock });
              const watched = watchedRuntime(real, life, world.truth);
              const { twist } = world.options;
              return twist === undefined ? watched : twisted(watched, twist(watched, life.clock));
            }),
        }),
    };
  }
}
