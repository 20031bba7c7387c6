/**
 * A fake node: its containers, sandboxes and images, which outlive any `FakeRuntime` over it as real containers
 * outlive the agent. It also holds the levers with which a test makes things go wrong.
 */

import { createHash } from 'node:crypto';
import {
  AsyncQueue,
  type Clock,
  type ContainerConfig,
  type ContainerID,
  MooringError,
  type RuntimeEvent,
  type SandboxConfig,
  type SandboxInfo,
} from '@mooring/core';
import { busybox } from './busybox/userland.ts';
import { type ContainerHost, FakeContainer, type FakeEnd, missingCommandWords } from './fake-container.ts';
import { type FakeCall, type FakeFault, type FakeVerb, FaultScript, fakeVerbs } from './fake-faults.ts';
import { type FakeImage, type FakeImages, ImageCatalogue, normalImageName } from './fake-image.ts';
import { FakeNetwork } from './fake-network.ts';
import { type FakeScript, runsForever } from './fake-script.ts';
import { type FileTree, SmallTree } from './file-tree.ts';
import { LabelIndex } from './label-index.ts';

/** What a scripted node is made of. */
export interface FakeHostOptions {
  readonly clock: Clock;
  /** Begins the IDs of its containers. */
  readonly nodeName?: string;
  /** Absent: every image is there and runs until it is stopped. */
  readonly images?: FakeImages;
  /** Shared by nodes that can reach each other's pods. */
  readonly network?: FakeNetwork;
  /** The files of the node, by their path on it: what is below mounts. */
  readonly files?: FileTree;
}

interface FakeSandbox {
  info: SandboxInfo;
  readonly config: SandboxConfig;
}

/** Events kept for one slow reader. */
const eventsPendingMax = 16_384;

/**
 * A node whose containers are scripted, with every lever to make something go wrong. It outlives its agents, as a
 * host does.
 */
export class FakeHost implements ContainerHost {
  readonly clock: Clock;
  readonly network: FakeNetwork;
  readonly nodeFiles: FileTree;
  readonly faults = new FaultScript();
  /** How often each verb was called. */
  readonly calls: Record<FakeVerb, number>;
  readonly containers = new Map<ContainerID, FakeContainer>();
  readonly byLabel = new LabelIndex<FakeContainer>();
  private readonly nodeName: string;
  private readonly catalogue: ImageCatalogue;
  private readonly fetched = new Set<string>();
  private readonly imageRefs = new Map<string, string>();
  private readonly byName = new Map<string, FakeContainer>();
  private readonly sandboxes = new Map<string, FakeSandbox>();
  /** By pod and attempt. */
  private readonly sandboxIDs = new Map<string, string>();
  private readonly readers = new Set<AsyncQueue<RuntimeEvent>>();
  private outages = new AbortController();
  private isSilent = false;
  private created = 0;
  private sandboxesCreated = 0;

  constructor(options: FakeHostOptions) {
    this.clock = options.clock;
    this.nodeName = options.nodeName ?? 'fake';
    this.network = options.network ?? new FakeNetwork();
    this.nodeFiles = options.files ?? new SmallTree();
    this.catalogue = new ImageCatalogue(options.images ?? { '*': { run: runsForever } });
    this.calls = Object.fromEntries(fakeVerbs.map((verb) => [verb, 0])) as Record<FakeVerb, number>;
  }

  // Levers.

  /** Makes calls of a verb slow, fail or hang, until what is given back is disposed of. */
  fault(verb: FakeVerb, fault: FakeFault): Disposable {
    return this.faults.add(verb, fault);
  }

  /** The latest instance of a container. The pod is named `web` or `namespace/web`. */
  container(podName: string, containerName: string): FakeContainer {
    let latest: FakeContainer | undefined;
    for (const container of this.containers.values()) {
      const { config } = container;
      if (config.containerName !== containerName || !isNamed(config, podName)) continue;
      if (latest === undefined || config.attempt >= latest.config.attempt) latest = container;
    }
    if (latest === undefined)
      throw new MooringError('NOT_FOUND', `no container ${containerName} of pod ${podName}`);
    return latest;
  }

  /** Ends a container as if by itself: exit code 1 when not said otherwise. */
  crash(podName: string, containerName: string, end: FakeEnd = { exitCode: 1 }): void {
    this.container(podName, containerName).end(end);
  }

  /** The container is gone at once and nobody says so. */
  vanish(podName: string, containerName: string): void {
    const container = this.container(podName, containerName);
    container.vanish();
    this.forget(container);
  }

  /** The pod's network is lost; its containers go on. */
  loseSandbox(podName: string): void {
    for (const sandbox of this.sandboxes.values()) {
      if (!isNamed(sandbox.config, podName) || sandbox.info.state === 'notready') continue;
      sandbox.info = { ...sandbox.info, state: 'notready' };
      this.publish({ type: 'sandbox-lost', podUID: sandbox.config.podUID, atMs: this.clock.now() });
    }
  }

  /** The node lost its power: nothing runs any more and no sandbox is ready. Nobody announces it. */
  reboot(): void {
    this.isSilent = true;
    for (const container of this.containers.values())
      if (container.isRunning) container.end({ exitCode: 255, reason: 'Unknown' });
    for (const sandbox of this.sandboxes.values()) sandbox.info = { ...sandbox.info, state: 'notready' };
    this.isSilent = false;
  }

  /** The engine does not answer; what runs goes on. Without a time: until `repair`. */
  breakDown(forMs?: number): void {
    this.outages.abort(new MooringError('RUNTIME_UNAVAILABLE', 'the fake runtime is down'));
    for (const reader of this.readers) reader.fail(this.outages.signal.reason);
    if (forMs !== undefined) this.clock.setTimeout(() => this.repair(), forMs);
  }

  repair(): void {
    if (this.outages.signal.aborted) this.outages = new AbortController();
  }

  /** What happens is not announced; the lists still tell. */
  loseEvents(forMs: number): void {
    this.isSilent = true;
    this.clock.setTimeout(() => {
      this.isSilent = false;
    }, forMs);
  }

  // What the runtime asks.

  /** Aborts when the engine breaks down. */
  get outage(): AbortSignal {
    return this.outages.signal;
  }

  /** The fault that this call is to suffer. */
  count(call: FakeCall): FakeFault | undefined {
    this.calls[call.verb] += 1;
    return this.faults.take(call);
  }

  imageOf(name: string): FakeImage | undefined {
    const normal = normalImageName(name);
    return normal === undefined ? undefined : this.catalogue.find(normal);
  }

  /** True when no fetch is needed before it can be used. */
  isPresent(name: string): boolean {
    const image = this.imageOf(name);
    return (
      image !== undefined && (image.pull === undefined || this.fetched.has(normalImageName(name) ?? name))
    );
  }

  markFetched(name: string): void {
    this.fetched.add(normalImageName(name) ?? name);
  }

  imageRef(name: string): string {
    const known = this.imageRefs.get(name);
    if (known !== undefined) return known;
    const normal = normalImageName(name) ?? name;
    const repository = normal.replace(/[:@][^/]*$/, '');
    const ref = `${repository}@sha256:${createHash('sha256').update(normal).digest('hex')}`;
    this.imageRefs.set(name, ref);
    return ref;
  }

  createSandbox(config: SandboxConfig): SandboxInfo {
    const { podUID, attempt } = config;
    const name = sandboxName(config);
    const known = this.sandboxes.get(this.sandboxIDs.get(name) ?? '');
    if (known !== undefined) return known.info;
    // Never that of one that has been removed, as on a real engine.
    this.sandboxesCreated += 1;
    const id = `${this.nodeName}-sandbox-${this.sandboxesCreated.toString(16)}`;
    const ip = this.network.allocate();
    const info: SandboxInfo = { id, podUID, attempt, state: 'ready', ip, createdAtMs: this.clock.now() };
    this.sandboxes.set(id, { info, config });
    this.sandboxIDs.set(name, id);
    return info;
  }

  removeSandbox(id: string): void {
    const sandbox = this.sandboxes.get(id);
    if (sandbox === undefined) return;
    this.network.release(sandbox.info.ip);
    this.sandboxes.delete(id);
    this.sandboxIDs.delete(sandboxName(sandbox.info));
  }

  listSandboxes(): readonly SandboxInfo[] {
    return [...this.sandboxes.values()].map(({ info }) => info);
  }

  createContainer(config: ContainerConfig): ContainerID {
    const known = this.byName.get(config.name);
    if (known !== undefined) return known.info.id;
    const image = this.imageOf(config.image);
    const sandbox = this.sandboxes.get(config.sandboxID);
    if (image === undefined) throw new MooringError('CREATE_FAILED', `no such image: ${config.image}`);
    if (sandbox === undefined)
      throw new MooringError('CREATE_FAILED', `no such sandbox: ${config.sandboxID}`);
    this.created += 1;
    const id = `${this.nodeName}-${this.created.toString(16).padStart(8, '0')}`;
    const container = new FakeContainer(this, id, config, sandbox.info.ip, image.userland ?? busybox);
    this.containers.set(id, container);
    this.byName.set(config.name, container);
    this.byLabel.add(container);
    this.announce('created', container);
    return id;
  }

  startContainer(id: ContainerID): void {
    const container = this.containers.get(id);
    if (container === undefined) throw new MooringError('NOT_FOUND', `no such container: ${id}`);
    container.start(scriptOf(container.config, this.imageOf(container.config.image) ?? {}));
  }

  removeContainer(id: ContainerID): void {
    const container = this.containers.get(id);
    if (container === undefined) return;
    if (container.isRunning) throw new MooringError('CONTAINER_RUNNING', `container ${id} is running`);
    this.forget(container);
    this.announce('removed', container);
  }

  events(signal: AbortSignal): AsyncQueue<RuntimeEvent> {
    const reader: AsyncQueue<RuntimeEvent> = new AsyncQueue<RuntimeEvent>({
      pendingMax: eventsPendingMax,
      signal,
      onEnd: () => this.readers.delete(reader),
    });
    if (signal.aborted) return reader;
    this.readers.add(reader);
    if (this.outage.aborted) reader.fail(this.outage.reason);
    return reader;
  }

  announce(type: RuntimeEvent['type'], container: FakeContainer): void {
    const { podUID, id: containerID } = container.info;
    this.publish({ type, podUID, containerID, atMs: this.clock.now() });
  }

  private publish(event: RuntimeEvent): void {
    if (this.isSilent) return;
    for (const reader of this.readers) {
      if (reader.size >= eventsPendingMax - 1) reader.push({ ...event, type: 'lost-events' });
      else reader.push(event);
    }
  }

  private forget(container: FakeContainer): void {
    this.containers.delete(container.info.id);
    this.byName.delete(container.config.name);
    this.byLabel.delete(container);
  }
}

function isNamed(config: { readonly namespace: string; readonly podName: string }, name: string): boolean {
  const [namespace, podName] = name.includes('/') ? name.split('/') : ['default', name];
  return config.podName === podName && config.namespace === namespace;
}

/** What a container of an image does: the image's own script, or else the command in its userland. */
function scriptOf(config: ContainerConfig, image: FakeImage): FakeScript {
  if (typeof image.run === 'function') return image.run(config);
  if (image.run !== undefined) return image.run;
  const argv = [...(config.command ?? ['sh']), ...(config.args ?? [])];
  const program = (image.userland ?? busybox)(argv);
  return program === undefined ? { startError: missingCommandWords(argv) } : { program };
}

function sandboxName({ podUID, attempt }: Pick<SandboxInfo, 'podUID' | 'attempt'>): string {
  return `${podUID}_${attempt}`;
}
