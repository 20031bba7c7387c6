/** The container runtime contract over a fake node. Any number of instances may look at one node. */

import {
  abortable,
  type ContainerConfig,
  type ContainerID,
  type ContainerInfo,
  type ContainerRuntime,
  type ExecOptions,
  type ExecResult,
  type ImageCredentials,
  type ImageRef,
  type Labels,
  type LogLine,
  type LogOptions,
  MooringError,
  type Pod,
  type PullOptions,
  type PullPolicy,
  type RuntimeCapabilities,
  type RuntimeEvent,
  type RuntimeFinding,
  type RuntimeStatus,
  type SandboxConfig,
  type SandboxID,
  type SandboxInfo,
  sleep,
} from '@mooring/core';
import type { FakeCall, FakeFault } from './fake-faults.ts';
import type { FakeHost } from './fake-host.ts';
import { normalImageName } from './fake-image.ts';

/** What a runtime over a scripted node can do, and how long its calls take. */
export interface FakeRuntimeOptions {
  /** What it says it can do; when absent everything but to be reached, for its pods have no real addresses. */
  readonly capabilities?: Partial<RuntimeCapabilities>;
  /** What it finds in pods; nothing when absent. */
  readonly review?: (pod: Pod) => readonly RuntimeFinding[];
}

const everything: RuntimeCapabilities = {
  mounts: true,
  podIP: true,
  reachable: false,
  exec: true,
  memoryLimit: true,
  terminationMessage: true,
};

/** The runtime over a scripted node, for use without an agent. `fakeRuntime()` is the plugin. */
export class FakeRuntime implements ContainerRuntime {
  readonly apiVersion = 'runtime/v1';
  readonly name = 'fake';
  readonly capabilities: RuntimeCapabilities;
  readonly host: FakeHost;
  private readonly options: FakeRuntimeOptions;
  private readonly closing = new AbortController();

  constructor(host: FakeHost, options: FakeRuntimeOptions = {}) {
    this.host = host;
    this.options = options;
    this.capabilities = { ...everything, ...options.capabilities };
  }

  async status(signal: AbortSignal): Promise<RuntimeStatus> {
    signal.throwIfAborted();
    await this.suffer(this.host.count({ verb: 'status' }), signal);
    const { outage } = this.host;
    if (!outage.aborted) return { ready: true, version: 'fake' };
    return { ready: false, reason: 'RuntimeDown', message: 'the fake runtime is down' };
  }

  review(pod: Pod): readonly RuntimeFinding[] {
    return this.options.review?.(pod) ?? [];
  }

  ensureImage(
    name: string,
    policy: PullPolicy,
    signal: AbortSignal,
    options: PullOptions = {},
  ): Promise<{ readonly ref: ImageRef; readonly pulled: boolean; readonly sizeBytes?: number } | undefined> {
    return this.call({ verb: 'ensureImage', image: name }, signal, () =>
      this.provideImage(name, policy, signal, options),
    );
  }

  createSandbox(config: SandboxConfig, signal: AbortSignal): Promise<SandboxInfo> {
    const call: FakeCall = { verb: 'createSandbox', podName: config.podName };
    return this.call(call, signal, () => this.host.createSandbox(config));
  }

  removeSandbox(id: SandboxID, signal: AbortSignal): Promise<void> {
    return this.call({ verb: 'removeSandbox' }, signal, () => this.host.removeSandbox(id));
  }

  listSandboxes(signal: AbortSignal): Promise<readonly SandboxInfo[]> {
    return this.call({ verb: 'listSandboxes' }, signal, () => this.host.listSandboxes());
  }

  createContainer(config: ContainerConfig, signal: AbortSignal): Promise<ContainerID> {
    const { podName, containerName, image } = config;
    const call: FakeCall = { verb: 'createContainer', podName, containerName, image };
    return this.call(call, signal, () => this.host.createContainer(config));
  }

  startContainer(id: ContainerID, signal: AbortSignal): Promise<void> {
    return this.call(this.about('startContainer', id), signal, () => this.host.startContainer(id));
  }

  stopContainer(id: ContainerID, gracePeriodMs: number, signal: AbortSignal): Promise<void> {
    return this.call(this.about('stopContainer', id), signal, () =>
      this.host.containers.get(id)?.stop(gracePeriodMs),
    );
  }

  removeContainer(id: ContainerID, signal: AbortSignal): Promise<void> {
    return this.call(this.about('removeContainer', id), signal, () => this.host.removeContainer(id));
  }

  inspectContainer(id: ContainerID, signal: AbortSignal): Promise<ContainerInfo | undefined> {
    return this.call(this.about('inspectContainer', id), signal, () => this.host.containers.get(id)?.info);
  }

  listContainers(labels: Labels, signal: AbortSignal): Promise<readonly ContainerInfo[]> {
    return this.call({ verb: 'listContainers' }, signal, () =>
      this.host.byLabel.find(labels).map(({ info }) => info),
    );
  }

  events(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    const fault = this.host.count({ verb: 'events' });
    const events = this.host.events(AbortSignal.any([signal, this.closing.signal]));
    if (fault?.error !== undefined) events.fail(new MooringError(fault.error.code, fault.error.message));
    return events;
  }

  exec(
    id: ContainerID,
    command: readonly string[],
    options: ExecOptions,
    signal: AbortSignal,
  ): Promise<ExecResult> {
    return this.call(this.about('exec', id), signal, () => {
      const container = this.host.containers.get(id);
      if (container === undefined) throw new MooringError('EXEC_FAILED', `no such container: ${id}`);
      return container.exec(command, options, signal);
    });
  }

  async *logs(id: ContainerID, options: LogOptions, signal: AbortSignal): AsyncGenerator<LogLine, void> {
    const lines = await this.call(this.about('logs', id), signal, () => {
      const container = this.host.containers.get(id);
      if (container === undefined) throw new MooringError('NOT_FOUND', `no such container: ${id}`);
      return container.readLog(options, signal);
    });
    yield* lines;
  }

  /** What runs goes on: the next instance over the same node finds it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.closing.abort();
  }

  private async call<T>(call: FakeCall, signal: AbortSignal, work: () => T | Promise<T>): Promise<T> {
    signal.throwIfAborted();
    this.host.outage.throwIfAborted();
    const fault = this.host.count(call);
    if (fault?.outlivesAbort === true)
      return await this.guarded(sleep(this.host.clock, fault.delayMs ?? 0).then(work), signal);
    if (fault?.afterEffect !== true) await this.suffer(fault, signal);
    const result = work();
    const value = result instanceof Promise ? await this.guarded(result, signal) : result;
    if (fault?.afterEffect === true) await this.suffer(fault, signal);
    return value;
  }

  private async suffer(fault: FakeFault | undefined, signal: AbortSignal): Promise<void> {
    if (fault === undefined) return;
    const { clock } = this.host;
    if (fault.hangs === true) await this.guarded(new Promise<never>(() => {}), signal);
    if (fault.delayMs !== undefined) await this.guarded(sleep(clock, fault.delayMs, signal), signal);
    if (fault.error !== undefined) throw new MooringError(fault.error.code, fault.error.message);
  }

  /** Gives up when the caller does, or when the engine breaks down. */
  private guarded<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
    return abortable(abortable(promise, this.host.outage), signal);
  }

  private about(verb: FakeCall['verb'], id: ContainerID): FakeCall {
    const config = this.host.containers.get(id)?.config;
    if (config === undefined) return { verb };
    return { verb, podName: config.podName, containerName: config.containerName, image: config.image };
  }

  private async provideImage(
    name: string,
    policy: PullPolicy,
    signal: AbortSignal,
    { credentials = [] }: PullOptions,
  ) {
    const { host } = this;
    if (normalImageName(name) === undefined)
      throw new MooringError(
        'IMAGE_NAME_INVALID',
        `couldn't parse image name "${name}": invalid reference format`,
      );
    const isPresent = host.isPresent(name);
    const pull = host.imageOf(name)?.pull;
    const size = pull?.sizeBytes === undefined ? {} : { sizeBytes: pull.sizeBytes };
    const ref = host.imageRef(name);
    if (isPresent && policy !== 'Always') return { ref, pulled: false, ...size };
    if (policy === 'Never') return undefined;
    if (!isPresent && pull?.delayMs !== undefined) await sleep(host.clock, pull.delayMs, signal);
    if (host.imageOf(name) === undefined) throw new MooringError('IMAGE_NOT_FOUND', notFoundWords(name));
    const login = pull?.login;
    const isLogin = (one: ImageCredentials) =>
      one.username === login?.username && one.password === login.password;
    if (login !== undefined && !credentials.some(isLogin))
      throw new MooringError('IMAGE_NOT_FOUND', deniedWords(name));
    if (pull?.error !== undefined) throw new MooringError(pull.error.code, pull.error.message);
    host.markFetched(name);
    return { ref, pulled: true, ...size };
  }
}

function deniedWords(name: string): string {
  const full = normalImageName(name) ?? name;
  const words = 'pull access denied, repository does not exist or may require authorization';
  return `failed to pull and unpack image "${full}": failed to resolve reference "${full}": ${words}`;
}

function notFoundWords(name: string): string {
  const full = normalImageName(name) ?? name;
  return `failed to pull and unpack image "${full}": failed to resolve reference "${full}": ${full}: not found`;
}
