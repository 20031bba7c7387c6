/**
 * One agent on the fake runtime in virtual time, with everything that can be seen of it written down: events
 * in the order of their recording, facts, and each status that was published. The agent can be started anew over the same
 * store and the same node.
 */

import {
  type AgentOptions,
  type Cluster,
  type ContainerStatus,
  createAgent,
  createMemoryStore,
  type Fact,
  type NodeOptions,
  type Plugin,
  type Pod,
  type PodStatus,
  type Random,
  type Store,
  type StoredPod,
} from '@mooring/core';
import { MemoryDisk, memoryVolumes, TestClock } from '@mooring/core/testing';
import { execProbe } from '@mooring/probe-exec';
import {
  type FakeHost,
  type FakeImages,
  type FakeRuntimePlugin,
  type FakeRuntimePluginOptions,
  fakeProbes,
  fakeRuntime,
} from '@mooring/runtime-fake';
import { type LogRecord, recordingLogger } from './recording-logger.ts';

export interface RigOptions {
  readonly images?: FakeImages;
  readonly runtime?: Omit<FakeRuntimePluginOptions, 'images' | 'files'>;
  /** Put in the place of the fake runtime's own plugin. */
  readonly twist?: (fake: FakeRuntimePlugin) => Plugin;
  readonly plugins?: readonly Plugin[];
  readonly node?: Omit<NodeOptions, 'name'>;
  readonly logic?: AgentOptions['logic'];
  readonly store?: Store;
  /** Instead of the same number each time, for names that have to differ. */
  readonly next?: () => number;
}

export interface SeenEvent {
  /** Milliseconds since the rig was made. */
  readonly atMs: number;
  readonly pod: string;
  /** `spec.containers{web}`; empty for an event about the pod itself. */
  readonly path: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
}

export interface SeenStatus {
  readonly atMs: number;
  readonly status: PodStatus;
}

/** Longer than any grace period or retry of these tests. */
const closedWithinMs = 3_600_000;

export class AgentRig {
  readonly clock = new TestClock();
  readonly disk = new MemoryDisk();
  readonly fake: FakeRuntimePlugin;
  readonly store: Store;
  readonly events: SeenEvent[] = [];
  readonly facts: Fact[] = [];
  readonly logs: LogRecord[] = [];
  private readonly options: RigOptions;
  private readonly statuses = new Map<string, SeenStatus[]>();
  private readonly startMs = this.clock.now();
  private readonly seen = new Set<string>();
  private watching = new AbortController();
  private current: Cluster | undefined;
  private count = 0;

  constructor(options: RigOptions = {}) {
    this.options = options;
    const { images, runtime } = options;
    this.fake = fakeRuntime({ files: this.disk, ...(images && { images }), ...runtime });
    this.store = options.store ?? createMemoryStore();
  }

  get cluster(): Cluster {
    if (this.current === undefined) throw new Error('the agent of this rig does not run');
    return this.current;
  }

  get host(): FakeHost {
    return this.fake.host('node-a');
  }

  get nowMs(): number {
    return this.clock.now() - this.startMs;
  }

  /** Starts the agent; a second time after `detach`, over what the first one left. */
  async start(): Promise<void> {
    this.current = await createAgent(this.agentOptions());
    this.watching = new AbortController();
    void this.watchEvents(this.current);
    void this.watchPods(this.current);
    void this.watchFacts(this.current);
    await this.clock.advanceBy(0);
  }

  agentOptions(): AgentOptions {
    const { node, plugins = [], logic, twist } = this.options;
    return {
      plugins: [twist?.(this.fake) ?? this.fake, fakeProbes(this.fake), execProbe(), ...plugins],
      name: 'node-a',
      ...node,
      clock: this.clock,
      random: this.random,
      store: this.store,
      logger: recordingLogger(this.logs),
      volumes: () => memoryVolumes(this.disk),
      ...(logic && { logic }),
    };
  }

  /** Lets so much time go by. */
  async pass(ms: number): Promise<void> {
    await this.clock.advanceBy(ms);
  }

  async detach(): Promise<void> {
    this.watching.abort();
    await this.cluster.detach();
    this.current = undefined;
  }

  /** The agent is gone for so long, then another one takes its place. */
  async restartAgent(downMs = 0): Promise<void> {
    await this.detach();
    await this.clock.advanceBy(downMs);
    await this.start();
  }

  /** A second client of the same store, which runs nothing here: what it does, it does while the agent may be away. */
  async otherAgent(): Promise<Cluster> {
    const elsewhere = fakeRuntime();
    return await createAgent({
      plugins: [elsewhere],
      name: 'elsewhere',
      clock: this.clock,
      random: this.random,
      store: this.store,
      volumes: () => memoryVolumes(),
    });
  }

  /** A clean stop, with the time that it takes. */
  async close(): Promise<void> {
    const { current } = this;
    if (current === undefined) return;
    let isClosed = false;
    const closing = current.close().then(() => {
      isClosed = true;
    });
    await this.clock.advanceUntil(() => isClosed, closedWithinMs);
    await closing;
    this.watching.abort();
    this.current = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.watching.abort();
    await this.current?.detach();
    this.current = undefined;
  }

  async pod(name = 'web'): Promise<StoredPod> {
    const pod = await this.cluster.get('Pod', 'default', name);
    if (pod === undefined) throw new Error(`there is no pod ${name}`);
    return pod;
  }

  async exists(name = 'web'): Promise<boolean> {
    return (await this.cluster.get('Pod', 'default', name)) !== undefined;
  }

  async status(name = 'web'): Promise<PodStatus> {
    return (await this.pod(name)).status ?? {};
  }

  /** The status of one container, init containers included. */
  async container(container = 'main', pod = 'web'): Promise<ContainerStatus> {
    const { containerStatuses = [], initContainerStatuses = [] } = await this.status(pod);
    const found = [...containerStatuses, ...initContainerStatuses].find(({ name }) => name === container);
    if (found === undefined) throw new Error(`pod ${pod} has no status of container ${container}`);
    return found;
  }

  async condition(type: string, pod = 'web') {
    return (await this.status(pod)).conditions?.find((one) => one.type === type);
  }

  /** Every status of a pod that was in the store, oldest first. */
  history(pod = 'web'): readonly SeenStatus[] {
    return this.statuses.get(pod) ?? [];
  }

  /** `<reason>` of each event of a pod in the order they were recorded, those of one container when it is named. */
  reasons(options: { readonly pod?: string; readonly container?: string } = {}): readonly string[] {
    return this.eventsOf(options).map(({ reason }) => reason);
  }

  /** `<reason>: <message>` of each event. */
  lines(options: { readonly pod?: string; readonly container?: string } = {}): readonly string[] {
    return this.eventsOf(options).map(({ reason, message }) => `${reason}: ${message}`);
  }

  eventsOf({ pod = 'web', container }: { readonly pod?: string; readonly container?: string } = {}) {
    return this.events.filter(
      (event) => event.pod === pod && (container === undefined || event.path.endsWith(`{${container}}`)),
    );
  }

  factsOf(type: string) {
    return this.facts.filter((fact) => fact.type === type);
  }

  /** Everything that runs in the runtime, as `pod/container#attempt`. */
  get running(): readonly string[] {
    return [...this.host.containers.values()]
      .filter(({ isRunning }) => isRunning)
      .map(({ config }) => `${config.podName}/${config.containerName}#${config.attempt}`)
      .sort();
  }

  /** Never the same UUID, always the same order: a test that fails does so again. */
  private readonly random: Random = {
    next: () => this.options.next?.() ?? 0.5,
    uuid: () => `00000000-0000-4000-8000-${String(++this.count).padStart(12, '0')}`,
  };

  private async watchEvents(cluster: Cluster): Promise<void> {
    for await (const change of cluster.watch('Event', { signal: this.watching.signal })) {
      if (change.type !== 'put') continue;
      const { involvedObject, type, reason, message, count, metadata } = change.object;
      // What an earlier agent recorded was seen then.
      if (this.seen.has(`${metadata.name}/${count}`)) continue;
      this.seen.add(`${metadata.name}/${count}`);
      const { name: pod, fieldPath: path = '' } = involvedObject;
      this.events.push({ atMs: this.nowMs, pod, path, type, reason, message, count });
    }
  }

  private async watchPods(cluster: Cluster): Promise<void> {
    for await (const change of cluster.watch('Pod', { signal: this.watching.signal })) {
      if (change.type !== 'put' || change.object.status === undefined) continue;
      const { name } = change.object.metadata;
      const list = this.statuses.get(name) ?? [];
      this.statuses.set(name, list);
      list.push({ atMs: this.nowMs, status: change.object.status });
    }
  }

  private async watchFacts(cluster: Cluster): Promise<void> {
    const { signal } = this.watching;
    for await (const fact of cluster.facts('>', { signal, pendingMax: 100_000 })) this.facts.push(fact);
  }
}

/** A rig whose agent runs. */
export async function agentRig(options: RigOptions = {}): Promise<AgentRig> {
  const rig = new AgentRig(options);
  await rig.start();
  return rig;
}

/** A pod `web` with one container `main`, unless told otherwise. */
export function podOf(
  spec: Partial<Pod['spec']> & {
    readonly image?: string;
    readonly main?: Partial<Pod['spec']['containers'][0]>;
  } = {},
  name = 'web',
): Pod {
  const { image = 'app', main = {}, ...rest } = spec;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: { containers: [{ name: 'main', image, ...main }], ...rest },
  };
}
