/** Containers of a Docker engine: see `docs/runtime-docker.md`. */

import {
  type AttachOptions,
  abortable,
  type Clock,
  type ContainerConfig,
  type ContainerID,
  type ContainerInfo,
  type ContainerRuntime,
  type ContainerStats,
  type EventHub,
  type ExecOptions,
  type ExecResult,
  type ExecStreamOptions,
  errorMessage,
  type Labels,
  type Logger,
  type LogLine,
  type LogOptions,
  MooringError,
  type Pod,
  type ProcessStreams,
  type PullOptions,
  type PullPolicy,
  type RuntimeCapabilities,
  type RuntimeEvent,
  type RuntimeFinding,
  type RuntimeStatus,
  type SandboxConfig,
  type SandboxID,
  type SandboxInfo,
} from '@mooring/core';
import { attachTo } from './attach-to.ts';
import type { ContainerMaker } from './container-maker.ts';
import { containerStats } from './container-stats.ts';
import type { Engine } from './engine.ts';
import { engineWords, isRunningRefusal, statusOf } from './engine-error.ts';
import { execCommand } from './exec-command.ts';
import { execStream } from './exec-stream.ts';
import type { ExitListeners } from './exit-listeners.ts';
import type { FoundImage, Images } from './images.ts';
import type { Instances } from './instances.ts';
import { jsonLines } from './json-lines.ts';
import type { Killer } from './killer.ts';
import { readLog } from './log-reader.ts';
import type { MessageFiles } from './message-files.ts';
import type { OutsideActs } from './outside-acts.ts';
import { filtersOf, originOf, readAnyRecord } from './records.ts';
import { reviewPod } from './review-pod.ts';
import { removeContainer, type Sandboxes } from './sandboxes.ts';
import type { Spares } from './spares.ts';
import { Termination } from './termination.ts';

/** The parts of a runtime; `openDockerRuntime` puts them together. */
export interface DockerRuntimeParts {
  readonly agentKey: string;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly images: Images;
  readonly sandboxes: Sandboxes;
  readonly instances: Instances;
  readonly spares: Spares;
  readonly maker: ContainerMaker;
  readonly outside: OutsideActs;
  readonly messages: MessageFiles;
  readonly exits: ExitListeners;
  readonly killer: Killer;
  readonly events: EventHub;
  /** Memory limits are enforced by this engine. */
  readonly hasMemoryLimit: boolean;
  /** Nothing outlives the runtime. */
  readonly isEphemeral: boolean;
  /** Stops listening to the engine. */
  readonly hangUp: () => Promise<void>;
}

const never = new AbortController().signal;

/**
 * The runtime itself, for use without an agent: with its conformance kit, for instance. `dockerRuntime()` is the
 * plugin.
 */
export class DockerRuntime implements ContainerRuntime {
  readonly apiVersion = 'runtime/v1';
  readonly name = 'docker';
  readonly capabilities: RuntimeCapabilities;
  private readonly parts: DockerRuntimeParts;
  private readonly terminations = new Map<ContainerID, Termination>();
  private isDisposed = false;

  constructor(parts: DockerRuntimeParts) {
    this.parts = parts;
    const { isLocal } = parts.engine;
    this.capabilities = {
      mounts: isLocal,
      podIP: true,
      reachable: isLocal,
      exec: true,
      memoryLimit: parts.hasMemoryLimit,
      terminationMessage: isLocal,
    };
  }

  /** The engine that the containers are of. */
  get engine(): Engine {
    return this.parts.engine;
  }

  async status(signal: AbortSignal): Promise<RuntimeStatus> {
    try {
      const { Version } = await this.parts.engine.call('asking for its version', signal, (docker) =>
        docker.version(),
      );
      return { ready: true, version: Version };
    } catch (error) {
      signal.throwIfAborted();
      return { ready: false, reason: 'EngineNotReady', message: errorMessage(error) };
    }
  }

  review(pod: Pod): readonly RuntimeFinding[] {
    return reviewPod(pod, this.parts.engine.isLocal);
  }

  async ensureImage(
    image: string,
    policy: PullPolicy,
    signal: AbortSignal,
    options?: PullOptions,
  ): Promise<FoundImage | undefined> {
    signal.throwIfAborted();
    return await this.parts.images.ensure(image, policy, signal, options);
  }

  async createSandbox(config: SandboxConfig, signal: AbortSignal): Promise<SandboxInfo> {
    return await this.parts.sandboxes.create(config, signal);
  }

  async removeSandbox(id: SandboxID, signal: AbortSignal): Promise<void> {
    const { maker, sandboxes } = this.parts;
    await maker.drop(id, signal);
    await sandboxes.remove(id, signal);
  }

  async listSandboxes(signal: AbortSignal): Promise<readonly SandboxInfo[]> {
    const { maker, sandboxes, spares } = this.parts;
    const made = spares.filter(() => true);
    const listed = await sandboxes.list(signal);
    await maker.sweep(made, new Set(listed.map(({ id }) => id)), signal);
    return listed;
  }

  async createContainer(config: ContainerConfig, signal: AbortSignal): Promise<ContainerID> {
    return await this.parts.maker.create(config, signal);
  }

  async prepareContainer(config: ContainerConfig, signal: AbortSignal): Promise<void> {
    await this.parts.maker.prepare(config, signal);
  }

  async startContainer(id: ContainerID, signal: AbortSignal): Promise<void> {
    const { engine, instances, outside } = this.parts;
    // It was looked at when it had been created: a start after a crash need not ask again.
    const instance = await instances.know(id, signal);
    if (instance === undefined) throw new MooringError('NOT_FOUND', `container ${id} does not exist`);
    // The engine would run an exited one a second time.
    if (instance.info.state !== 'created') return;
    outside.noteOwnStart(id);
    try {
      await engine.call(`starting container ${id}`, signal, (docker, abortSignal) =>
        docker.getContainer(id).start({ abortSignal }),
      );
    } catch (error) {
      if (statusOf(error) === 304) return;
      if (statusOf(error) === undefined) throw error;
      instances.noteRefusal(id, engineWords(error));
      throw new MooringError('START_FAILED', engineWords(error), { cause: error });
    } finally {
      instances.noteStartAnswered(id);
    }
  }

  async stopContainer(id: ContainerID, gracePeriodMs: number, signal: AbortSignal): Promise<void> {
    const { instances } = this.parts;
    const instance = await instances.know(id, signal);
    if (instance?.info.state !== 'running') return;
    let termination = this.terminations.get(id);
    if (termination === undefined) {
      const begun = this.terminate(id, instance.stopSignal);
      termination = begun;
      this.terminations.set(id, begun);
      const forget = () => this.terminations.delete(id);
      begun.done.then(forget, forget);
    }
    termination.within(gracePeriodMs);
    await abortable(termination.done, signal);
  }

  async removeContainer(id: ContainerID, signal: AbortSignal): Promise<void> {
    const { instances, messages } = this.parts;
    const instance = await instances.look(id, signal);
    if (instance === undefined) return;
    try {
      await removeContainer(this.parts, id, { force: false }, signal);
    } catch (error) {
      if (!isRunningRefusal(error)) throw error;
      throw new MooringError('CONTAINER_RUNNING', engineWords(error), { cause: error });
    }
    instances.forget(id);
    messages.remove(instance.record.name);
  }

  async inspectContainer(id: ContainerID, signal: AbortSignal): Promise<ContainerInfo | undefined> {
    return (await this.parts.instances.lookOver(id, signal))?.info;
  }

  async listContainers(labels: Labels, signal: AbortSignal): Promise<readonly ContainerInfo[]> {
    return await this.parts.instances.list(labels, signal);
  }

  events(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    return this.parts.events.subscribe(signal);
  }

  async exec(
    id: ContainerID,
    command: readonly string[],
    options: ExecOptions,
    signal: AbortSignal,
  ): Promise<ExecResult> {
    requireID(id);
    return await execCommand(this.parts, id, command, options, signal);
  }

  logs(id: ContainerID, options: LogOptions, signal: AbortSignal): AsyncIterable<LogLine> {
    return readLog(this.parts, id, options, signal);
  }

  async execStream(
    id: ContainerID,
    command: readonly string[],
    options: ExecStreamOptions,
    signal: AbortSignal,
  ): Promise<ProcessStreams> {
    requireID(id);
    return await execStream(this.parts, id, command, options, signal);
  }

  async attach(id: ContainerID, options: AttachOptions, signal: AbortSignal): Promise<ProcessStreams> {
    return await attachTo(this.parts, id, options, signal);
  }

  async stats(id: ContainerID, signal: AbortSignal): Promise<ContainerStats | undefined> {
    const { engine, instances } = this.parts;
    if ((await instances.know(id, signal))?.info.state !== 'running') return undefined;
    try {
      const query = { stream: false, 'one-shot': true };
      const what = `measuring container ${id}`;
      const answer = await engine.stream(what, `/containers/${id}/stats`, query, signal);
      for await (const { value } of jsonLines(answer)) return containerStats(value);
      return undefined;
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  /**
   * Lets go of the containers: those that run go on running, and the next instance over the same directory finds them.
   * Where there will be no such instance they end.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isDisposed) return;
    this.isDisposed = true;
    const { engine, events, isEphemeral, hangUp } = this.parts;
    for (const termination of this.terminations.values())
      termination.cancel(new MooringError('ABORTED', 'the runtime was closed'));
    if (isEphemeral) await this.clear();
    await hangUp();
    events.close();
    engine.close();
  }

  private terminate(id: ContainerID, stopSignal: string): Termination {
    const { engine, clock, instances, outside, exits } = this.parts;
    outside.noteOwnStop(id);
    const ports = {
      clock,
      async send(signal: string) {
        try {
          await engine.call(`sending ${signal} to container ${id}`, never, (docker, abortSignal) =>
            docker.getContainer(id).kill({ signal, abortSignal }),
          );
          return true;
        } catch (error) {
          // Gone, or it has ended meanwhile.
          if (![404, 409].includes(statusOf(error) ?? 0)) throw error;
          return false;
        }
      },
      isRunning: async () => (await instances.lookOver(id, never))?.info.state === 'running',
      onExit: (fn: () => void) => exits.add(id, fn),
    };
    return new Termination(ports, stopSignal);
  }

  /** Removes all that this agent has made. */
  private async clear(): Promise<void> {
    const { engine, agentKey, logger, outside } = this.parts;
    const filters = filtersOf(agentKey);
    const list = engine.call('listing what is left', never, (docker, abortSignal) =>
      docker.listContainers({ all: true, filters, abortSignal }),
    );
    const left = await list.catch((error: unknown) => {
      logger.warn(
        { error: errorMessage(error) },
        'the engine does not answer: containers of this agent are left on it',
      );
      return [];
    });
    for (const { Id: id } of left.filter((one) => readAnyRecord(originOf(one)) !== undefined)) {
      outside.noteOwnStop(id);
      await removeContainer(this.parts, id, { force: true }, never).catch((error: unknown) =>
        logger.warn({ containerID: id, error: errorMessage(error) }, 'container not removed'),
      );
    }
  }
}

/** An ID is given by the engine; anything else might be the name of somebody's container. */
function requireID(id: string): void {
  if (!/^[0-9a-f]{64}$/.test(id)) throw new MooringError('EXEC_FAILED', `container ${id} does not exist`);
}
