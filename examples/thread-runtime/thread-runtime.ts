/**
 * Worker threads of this process as containers: an image stands for a module, and a command for another module beside it.
 * About the least that keeps the whole contract of a runtime; `test/examples/thread-runtime.test.ts` holds it to that.
 */

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type Clock,
  type ContainerConfig,
  type ContainerRuntime,
  EventHub,
  type LogLine,
  type LogOptions,
  MooringError,
  type Plugin,
  type PullPolicy,
  parseImageReference,
  type RuntimeContext,
  type SandboxConfig,
  type SandboxInfo,
  sleep,
} from '@mooring/core';
import { ThreadContainer } from './thread-container.ts';

/** The module that an image stands for. */
export type ThreadImages = Readonly<Record<string, URL>>;

/** What outlives an agent, as the containers of an engine do. An agent that starts again finds its threads here. */
export class ThreadHost {
  readonly containers = new Map<string, ThreadContainer>();
  readonly sandboxes = new Map<string, SandboxInfo>();
}

export function threadRuntime(images: ThreadImages, host = new ThreadHost()): Plugin {
  return {
    name: 'thread-runtime',
    core: '^0.1.0',
    register: (registry) =>
      registry.addRuntime('thread', (context) => new ThreadRuntime(images, host, context)),
  };
}

export class ThreadRuntime implements ContainerRuntime {
  readonly apiVersion = 'runtime/v1';
  readonly name = 'thread';
  readonly capabilities = {
    mounts: false,
    podIP: false,
    reachable: false,
    exec: false,
    memoryLimit: false,
    terminationMessage: false,
  };
  private readonly images: ThreadImages;
  private readonly host: ThreadHost;
  private readonly clock: Clock;
  private readonly hub: EventHub;

  constructor(images: ThreadImages, host: ThreadHost, { clock }: Pick<RuntimeContext, 'clock'>) {
    this.images = images;
    this.host = host;
    this.clock = clock;
    this.hub = new EventHub(clock);
  }

  async status(signal: AbortSignal) {
    signal.throwIfAborted();
    return { ready: true };
  }

  review() {
    return [];
  }

  async ensureImage(image: string, policy: PullPolicy, signal: AbortSignal) {
    signal.throwIfAborted();
    if (parseImageReference(image) === undefined)
      throw new MooringError('IMAGE_NAME_INVALID', `image "${image}": not an image reference`);
    if (this.images[image] !== undefined) return { ref: image, pulled: false };
    if (policy === 'Never') return undefined;
    const known = Object.keys(this.images).join(', ');
    throw new MooringError('IMAGE_NOT_FOUND', `image "${image}": stands for no module; known are ${known}`);
  }

  async createSandbox({ podUID, attempt }: SandboxConfig, signal: AbortSignal): Promise<SandboxInfo> {
    signal.throwIfAborted();
    const id = `${podUID}-${attempt}`;
    const createdAtMs = this.clock.now();
    const sandbox = this.host.sandboxes.get(id) ?? {
      id,
      podUID,
      attempt,
      state: 'ready',
      ip: '',
      createdAtMs,
    };
    this.host.sandboxes.set(id, sandbox);
    return sandbox;
  }

  async removeSandbox(id: string, signal: AbortSignal) {
    signal.throwIfAborted();
    this.host.sandboxes.delete(id);
  }

  async listSandboxes(signal: AbortSignal) {
    signal.throwIfAborted();
    return [...this.host.sandboxes.values()];
  }

  async createContainer(config: ContainerConfig, signal: AbortSignal) {
    signal.throwIfAborted();
    const { containers } = this.host;
    // The same name is the same container: so an agent that does not know whether a call came through asks again.
    if (containers.has(config.name)) return config.name;
    containers.set(config.name, new ThreadContainer(config, this.clock));
    this.hub.emit('created', config.podUID, config.name);
    return config.name;
  }

  async startContainer(id: string, signal: AbortSignal) {
    signal.throwIfAborted();
    const container = this.found(id);
    if (container.info.state !== 'created') return;
    const { image, command } = container.config;
    const module = new URL(command?.[0] ?? '', this.images[image]);
    if (!existsSync(fileURLToPath(module))) throw container.neverStarts(`there is no module ${module}`);
    const emit = (type: 'started' | 'exited') => this.hub.emit(type, container.info.podUID, id);
    container.start(module, () => emit('exited'));
    emit('started');
  }

  async stopContainer(id: string, gracePeriodMs: number, signal: AbortSignal) {
    signal.throwIfAborted();
    await this.host.containers.get(id)?.stop(gracePeriodMs, signal);
  }

  async removeContainer(id: string, signal: AbortSignal) {
    signal.throwIfAborted();
    const container = this.host.containers.get(id);
    if (container === undefined) return;
    if (container.info.state === 'running')
      throw new MooringError('CONTAINER_RUNNING', `container ${id}: is running, stop it first`);
    this.host.containers.delete(id);
    this.hub.emit('removed', container.info.podUID, id);
  }

  async inspectContainer(id: string, signal: AbortSignal) {
    signal.throwIfAborted();
    return this.host.containers.get(id)?.info;
  }

  async listContainers(labels: Readonly<Record<string, string>>, signal: AbortSignal) {
    signal.throwIfAborted();
    const wanted = Object.entries(labels);
    const all = [...this.host.containers.values()].map(({ info }) => info);
    return all.filter((info) => wanted.every(([name, value]) => info.labels[name] === value));
  }

  events(signal: AbortSignal) {
    return this.hub.subscribe(signal);
  }

  async exec(
    id: string,
    _command: readonly string[],
    _options: unknown,
    signal: AbortSignal,
  ): Promise<never> {
    signal.throwIfAborted();
    throw new MooringError('RUNTIME_UNSUPPORTED', `container ${id}: a thread runs no commands`);
  }

  async *logs(id: string, options: LogOptions, signal: AbortSignal): AsyncIterable<LogLine> {
    signal.throwIfAborted();
    const container = this.found(id);
    const { lines } = container;
    const { follow = false, tailLines = lines.length, sinceMs = 0 } = options;
    let next = Math.max(0, lines.length - tailLines);
    while (true) {
      // Asked before the lines are read: what is printed last must not be missed.
      const isOver = !follow || container.info.state === 'exited';
      for (const line of lines.slice(next)) if (line.atMs >= sinceMs) yield line;
      next = lines.length;
      if (isOver) return;
      await sleep(this.clock, 20, signal);
    }
  }

  async [Symbol.asyncDispose]() {
    this.hub.close();
  }

  private found(id: string): ThreadContainer {
    const container = this.host.containers.get(id);
    if (container === undefined) throw new MooringError('NOT_FOUND', `container ${id}: not found`);
    return container;
  }
}
