/** The agent of a node without pods, on virtual time over a store in memory that can be made to fail. */

import type { Lease, NodeObject } from '../../../src/api/objects.ts';
import type { StoredPod } from '../../../src/api/pod.ts';
import type { ContainerRuntime } from '../../../src/contract/container-runtime.ts';
import { type Logger, silentLogger } from '../../../src/contract/logger.ts';
import type { ObjectStore } from '../../../src/contract/object-store.ts';
import { createActorDirectory } from '../../../src/engine/directory.ts';
import type { RuntimeHealth } from '../../../src/kubelet/kubelet.ts';
import { type AgentKubelet, NodeAgent } from '../../../src/kubelet/node/node-agent.ts';
import type { NodeProfile } from '../../../src/kubelet/node/node-profile.ts';
import { defaultHeartbeat, type HeartbeatSettings } from '../../../src/kubelet/node/wire-heartbeat.ts';
import { createInformerSet } from '../../../src/store/informer-set.ts';
import { createMemoryStore } from '../../../src/store/memory-store.ts';
import { createObjectStore } from '../../../src/store/object-store.ts';
import { SeededRandom } from '../../../src/testing/seeded-random.ts';
import { TestClock } from '../../../src/testing/test-clock.ts';

export const profile: NodeProfile = {
  name: 'node-a',
  hostIP: '192.0.2.7',
  hostname: 'node-a',
  os: 'linux',
  arch: 'amd64',
  kernelVersion: '6.1.0',
  osImage: 'Linux',
  bootID: 'boot-1',
  agentVersion: 'v1.36.0',
  allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
  labels: { tier: 'front' },
  annotations: {},
  taints: [],
};

export interface NodeRigOptions {
  readonly profile?: Partial<NodeProfile>;
  readonly heartbeat?: Partial<HeartbeatSettings>;
  readonly fencedAfterMs?: number;
}

interface Write {
  readonly atMs: number;
  readonly kind: string;
}

export class NodeRig implements AsyncDisposable {
  readonly clock = new TestClock();
  readonly directory = createActorDirectory({ onError: () => {} });
  /** Past all faults. */
  readonly objects: ObjectStore;
  /** What was logged as a warning. */
  readonly warnings: string[] = [];
  readonly events: string[] = [];
  readonly facts: string[] = [];
  /** Writes that the agent tried since it has its name, whether they came through or not. */
  readonly tries: Write[] = [];
  /** The pods of the node; those that were told to stop, by UID. */
  readonly pods: StoredPod[] = [];
  readonly stopped = new Map<string, { readonly atMs: number; readonly graceMs: number }>();
  /** What was told to stop has stopped. */
  isAtRest = true;
  /** Kinds that the agent can neither read nor write now. */
  readonly broken = new Set<string>();
  agent: NodeAgent;
  private health: RuntimeHealth = { ready: false, message: 'not looked at yet' };
  private hear: (health: RuntimeHealth) => void = () => {};
  /** The kubelet looks at the runtime; something was said of the runtime. */
  private isStarted = false;
  private isTold = false;
  private readonly random = new SeededRandom('node-rig');
  private readonly controller = new AbortController();
  private options: NodeRigOptions;

  constructor(options: NodeRigOptions = {}) {
    this.options = options;
    this.objects = createObjectStore({ store: createMemoryStore(), clock: this.clock, random: this.random });
    this.agent = this.newAgent();
  }

  /** Milliseconds since the rig was made. */
  get nowMs(): number {
    return this.clock.monotonicMs();
  }

  /** The runtime answers, and the agent begins. */
  async start(): Promise<this> {
    const started = this.agent.start(this.controller.signal);
    this.answer();
    await this.clock.advanceBy(0);
    await started;
    return this;
  }

  /** Another agent in the place of the one that there was. */
  async startAnew(changes: Partial<NodeProfile> = {}): Promise<void> {
    this.options = { ...this.options, profile: { ...this.options.profile, ...changes } };
    await this.agent.detach();
    this.health = { ready: false, message: 'not looked at yet' };
    this.isTold = false;
    this.isStarted = false;
    this.agent = this.newAgent();
    await this.start();
  }

  /** The next agent promises nothing. */
  forgetPromise(): void {
    this.options = { ...this.options, profile: {} };
  }

  answer(): void {
    this.tell({ ready: true, message: '' });
  }

  failToAnswer(message: string): void {
    this.tell({ ready: false, message });
  }

  async node(): Promise<NodeObject | undefined> {
    return await this.objects.get('Node', undefined, 'node-a');
  }

  async lease(): Promise<Lease | undefined> {
    return await this.objects.get('Lease', 'kube-node-lease', 'node-a');
  }

  async ready(): Promise<string> {
    const ready = (await this.node())?.status?.conditions?.find(({ type }) => type === 'Ready');
    return `${ready?.status} ${ready?.reason}: ${ready?.message}`;
  }

  triesOf(kind: string): readonly number[] {
    return this.tries.filter((write) => write.kind === kind).map(({ atMs }) => atMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.agent.detach();
    this.controller.abort();
    await this.clock.advanceBy(0);
  }

  private readonly logger: Logger = {
    ...silentLogger,
    warn: (_, message) => this.warnings.push(message),
  };

  private tell(health: RuntimeHealth): void {
    this.health = health;
    this.isTold = true;
    if (this.isStarted) this.hear(health);
  }

  private newAgent(): NodeAgent {
    const { clock, random, directory } = this;
    const { signal } = this.controller;
    const runtime: Pick<ContainerRuntime, 'name' | 'status'> = {
      name: 'fake',
      status: async () => ({ ready: true, version: '1.0' }),
    };
    return new NodeAgent({
      self: { instance: 'first', host: 'host-a' },
      isGone: () => false,
      profile: { ...profile, ...this.options.profile },
      heartbeat: { ...defaultHeartbeat, ...this.options.heartbeat },
      fencedAfterMs: this.options.fencedAfterMs,
      clock,
      random,
      logger: this.logger,
      objects: this.faulty(),
      nodes: createInformerSet({ objects: this.objects, clock, signal }).of('Node'),
      runtime,
      directory,
      makeKubelet: (onHealth) => this.kubelet(onHealth),
      recordEvent: (_, { type, reason, message }) => this.events.push(`${type} ${reason}: ${message}`),
      publishFact: (address, fact, data) => this.facts.push(`${address} ${fact} ${JSON.stringify(data)}`),
    });
  }

  private kubelet(onHealth: (health: RuntimeHealth) => void): AgentKubelet {
    this.hear = onHealth;
    const rig = this;
    return {
      get runtimeHealth() {
        return rig.health;
      },
      start: async () => {
        rig.tries.length = 0;
        rig.isStarted = true;
        if (rig.isTold) rig.hear(rig.health);
      },
      stop: async () => {},
      detach: async () => {},
      graceMsOf: () => undefined,
      refreshVolumes: () => {},
      republish: () => {},
      get runningPods() {
        return rig.pods.filter(({ metadata }) => !rig.stopped.has(metadata.uid));
      },
      standDown: ({ metadata }, graceMs) => {
        rig.stopped.set(metadata.uid, { atMs: rig.nowMs, graceMs });
      },
      lookAround: async () => true,
      standUp: async (podUID) => rig.isAtRest && rig.stopped.delete(podUID),
    };
  }

  private faulty(): ObjectStore {
    const { objects } = this;
    const guard = (kind: string) => {
      if (this.broken.has(kind)) throw new Error('the store does not answer');
    };
    const note = (kind: string) => {
      this.tries.push({ atMs: this.nowMs, kind });
      guard(kind);
    };
    return {
      ...objects,
      get: async (kind, ...rest) => {
        guard(kind);
        return await objects.get(kind, ...rest);
      },
      create: async (object, options) => {
        note(object.kind);
        return await objects.create(object, options);
      },
      update: async (object, signal) => {
        note(object.kind);
        return await objects.update(object, signal);
      },
      patchWith: async (kind, ...rest) => {
        note(kind);
        return await objects.patchWith(kind, ...rest);
      },
    };
  }
}
