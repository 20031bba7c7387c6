/** Everything that is simulated: a store, a bus, nodes with an engine and an agent each, controllers, and a user. */

import { tmpdir } from 'node:os';
import { type Cluster, createCluster, type Plugin } from '@mooring/core';
import { MemoryDisk, SeededRandom, TestClock } from '@mooring/core/testing';
import { execProbe } from '@mooring/probe-exec';
import { type FakeHost, type FakeRuntimePlugin, fakeProbes, fakeRuntime } from '@mooring/runtime-fake';
import { History } from './history.ts';
import { Life } from './life.ts';
import { NodeNames } from './node-names.ts';
import type { Plan, ProbeName, Sickness } from './plan.ts';
import { type Surroundings, simulatedImages } from './programs.ts';
import { recordTruth } from './record-truth.ts';
import { RecordedStore } from './recorded-store.ts';
import { SecretWatch } from './secret-law.ts';
import type { SimulationOptions } from './simulate.ts';
import { BusLink, SimulatedBus } from './simulated-bus.ts';
import { SimulatedControllers } from './simulated-controllers.ts';
import { SimulatedNode } from './simulated-node.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import { Truth } from './truth.ts';

/** Of the preset `small`: 85 % of 22 s, less a quarter of it and 2 s for the end, and 5 % for a clock that is fast. */
const fencedAfterMs = 11_400;

export class World implements Surroundings {
  readonly clock = new TestClock();
  readonly history: History;
  readonly truth: Truth;
  readonly store: RecordedStore;
  readonly bus: SimulatedBus;
  readonly plan: Plan;
  readonly random: SeededRandom;
  readonly nodes = new Map<string, SimulatedNode>();
  readonly controllers = new Map<string, SimulatedControllers>();
  readonly options: SimulationOptions;
  readonly names: NodeNames;
  /** Absent where there is nothing to hide. */
  readonly secrets: SecretWatch | undefined;
  isHealed = false;
  private readonly fake: FakeRuntimePlugin;
  private readonly disks = new Map<string, MemoryDisk>();
  private readonly sick = new Map<string, Sickness>();
  /** By process: how often one of that name was begun. */
  private readonly lives = new Map<string, number>();
  private client: Cluster | undefined;

  constructor(plan: Plan, options: SimulationOptions) {
    this.options = options;
    this.plan = plan;
    this.random = new SeededRandom(plan.seed);
    this.history = new History(() => this.clock.monotonicMs());
    this.truth = new Truth(() => this.clock.now());
    this.store = new RecordedStore(this.truth);
    this.names = new NodeNames(this.truth);
    if (plan.preset === 'small') this.truth.fencedAfterMs = fencedAfterMs;
    recordTruth(this.truth, this.history);
    this.fake = fakeRuntime({
      images: simulatedImages(this),
      files: (node) => this.disk(node),
      onHost: (host, node) => this.listenTo(host, node),
    });
    this.truth.isSandboxReady = (node, id) =>
      this.host(node)
        .listSandboxes()
        .some((sandbox) => sandbox.id === id && sandbox.state === 'ready');
    this.truth.wallMs = (node) => this.nodes.get(node)?.clock.now() ?? this.clock.now();
    this.secrets = plan.hasSecret === true ? new SecretWatch(this) : undefined;
    this.bus = new SimulatedBus(this.clock, (subject, data) => this.secrets?.see(subject, data));
    for (const name of plan.nodes) {
      this.truth.agents.add(name);
      this.nodes.set(name, new SimulatedNode(this, name));
    }
    for (const name of plan.controllers ?? [])
      this.controllers.set(name, new SimulatedControllers(this, name));
  }

  async begin(): Promise<void> {
    this.client = await createCluster({
      plugins: [fakeProbes(this.fake), execProbe()],
      nodes: [],
      controllers: false,
      scheduler: false,
      clock: this.clock,
      random: this.random.fork('client'),
      store: this.store.as('client'),
      bus: this.bus.join(
        new Life('client', 0, this.clock, () => {}),
        new BusLink(this.random.fork('bus/client')),
      ),
      dataDir: tmpdir(),
    });
    for (const process of this.processes) process.start();
  }

  /** What the user has in hand. Its connection to the store never fails. */
  get user(): Cluster {
    if (this.client === undefined) throw new Error('the world has not begun');
    return this.client;
  }

  get processes(): readonly SimulatedProcess[] {
    return [...this.nodes.values(), ...this.controllers.values()];
  }

  nextLife(process: string): number {
    const count = (this.lives.get(process) ?? 0) + 1;
    this.lives.set(process, count);
    return count;
  }

  process(name: string): SimulatedProcess {
    const process = this.nodes.get(name) ?? this.controllers.get(name);
    if (process === undefined) throw new Error(`no process ${name}`);
    return process;
  }

  node(name: string): SimulatedNode {
    const node = this.nodes.get(name);
    if (node === undefined) throw new Error(`no node ${name}`);
    return node;
  }

  host(node: string): FakeHost {
    return this.fake.host(node);
  }

  disk(node: string): MemoryDisk {
    const disk = this.disks.get(node) ?? new MemoryDisk();
    this.disks.set(node, disk);
    return disk;
  }

  /** Probers that reach the pods of this world. */
  get probes(): readonly Plugin[] {
    return [fakeProbes(this.fake), execProbe()];
  }

  get runtime(): Plugin {
    return this.fake;
  }

  sicken(pod: string, container: string, probe: ProbeName, how: Sickness | undefined): void {
    const key = `${pod}/${container}/${probe}`;
    if (how === undefined) this.sick.delete(key);
    else this.sick.set(key, how);
  }

  sickness(pod: string, container: string, probe: ProbeName): Sickness | undefined {
    return this.isHealed ? undefined : this.sick.get(`${pod}/${container}/${probe}`);
  }

  readonly answered: Surroundings['answered'] = (...answer) => this.truth.answered(...answer);

  /** Everything that is broken is mended, and every agent is brought back. */
  heal(): void {
    this.history.note('healed');
    this.isHealed = true;
    this.sick.clear();
    for (const process of this.processes) process.heal();
  }

  private listenTo(host: FakeHost, node: string): void {
    const announce = host.announce.bind(host);
    host.announce = (type, container) => {
      this.truth.announced(node, type, container);
      announce(type, container);
    };
  }
}
