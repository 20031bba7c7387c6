/**
 * Containers that are plain processes of this host, each in a session of its own, started and outlived by a small
 * supervisor process: see `docs/runtime-process.md`.
 */

import { join } from 'node:path';
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
  type ImageRef,
  type Labels,
  type LogLine,
  type LogOptions,
  MooringError,
  type Pod,
  type ProcessStreams,
  type PullPolicy,
  type RuntimeCapabilities,
  type RuntimeEvent,
  type RuntimeFinding,
  type RuntimeStatus,
  type SandboxConfig,
  type SandboxID,
  type SandboxInfo,
  sleep,
  type TerminalSize,
} from '@mooring/core';
import { attachTo } from './attach-to.ts';
import { removeEmptyCgroups } from './cgroup-layout.ts';
import type { Container } from './container.ts';
import type { ContainerLifecycle } from './container-lifecycle.ts';
import type { ContainerTable } from './container-table.ts';
import { type ExecSpec, execCommand } from './exec-command.ts';
import { execStreams } from './exec-streams.ts';
import type { HostFeatures } from './host-features.ts';
import type { ImageMap } from './image-map.ts';
import { followLog, type LogSource, readLog } from './log-reader.ts';
import type { MountPoints } from './mount-points.ts';
import { usageOf } from './process-usage.ts';
import { reviewPod } from './review-pod.ts';
import type { Sandboxes } from './sandboxes.ts';
import type { SupervisorLink } from './supervisor-link.ts';
import { containerFiles, containerIDVariable } from './supervisor-protocol.ts';
import { resizeContainer } from './terminal.ts';
import { pidsOf } from './termination.ts';

/** The parts of a runtime; `openProcessRuntime` puts them together. */
export interface ProcessRuntimeParts {
  readonly clock: Clock;
  readonly features: HostFeatures;
  readonly images: ImageMap;
  readonly sandboxes: Sandboxes;
  readonly table: ContainerTable;
  readonly lifecycle: ContainerLifecycle;
  readonly mountPoints: MountPoints;
  readonly events: EventHub;
  readonly link: SupervisorLink;
  /** Nothing outlives the runtime. */
  readonly isEphemeral: boolean;
  readonly logFilesMax: number;
  readonly releaseLock: () => void;
}

/** Who types waits for what is shown of it. */
const terminalPollMs = 20;
const clearWithinMs = 1000;
const clearPollMs = 10;

/**
 * The runtime itself, for use without an agent: with its conformance kit, for instance. `processRuntime()` is the
 * plugin.
 */
export class ProcessRuntime implements ContainerRuntime {
  readonly apiVersion = 'runtime/v1';
  readonly name = 'process';
  readonly capabilities: RuntimeCapabilities;
  private readonly parts: ProcessRuntimeParts;
  private isDisposed = false;

  constructor(parts: ProcessRuntimeParts) {
    this.parts = parts;
    const { mounts, cgroups } = parts.features;
    this.capabilities = {
      mounts,
      podIP: true,
      reachable: true,
      exec: true,
      memoryLimit: cgroups?.memoryDir !== undefined,
      terminationMessage: mounts,
    };
  }

  async status(signal: AbortSignal): Promise<RuntimeStatus> {
    signal.throwIfAborted();
    const { problem } = this.parts.link;
    if (problem === undefined) return { ready: true, version: process.version };
    return { ready: false, reason: 'SupervisorNotReady', message: problem };
  }

  review(pod: Pod): readonly RuntimeFinding[] {
    return reviewPod(pod, this.parts.features);
  }

  async ensureImage(
    image: string,
    policy: PullPolicy,
    signal: AbortSignal,
  ): Promise<{ readonly ref: ImageRef; readonly pulled: boolean } | undefined> {
    signal.throwIfAborted();
    const { images } = this.parts;
    if (policy === 'Never' && images.find(image) === undefined) return undefined;
    return { ref: images.get(image).ref, pulled: false };
  }

  async createSandbox(config: SandboxConfig, signal: AbortSignal): Promise<SandboxInfo> {
    signal.throwIfAborted();
    const { sandboxes, clock, link } = this.parts;
    // Only with a supervisor is there a block of addresses to give from.
    await abortable(link.get(), signal);
    return sandboxes.create(config, clock.now());
  }

  async removeSandbox(id: SandboxID, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { sandboxes, mountPoints, table } = this.parts;
    if (sandboxes.remove(id)) mountPoints.sweep((owner) => table.get(owner) !== undefined);
  }

  async listSandboxes(signal: AbortSignal): Promise<readonly SandboxInfo[]> {
    signal.throwIfAborted();
    return this.parts.sandboxes.list();
  }

  async createContainer(config: ContainerConfig, signal: AbortSignal): Promise<ContainerID> {
    signal.throwIfAborted();
    return this.parts.lifecycle.create(config).id;
  }

  async startContainer(id: ContainerID, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const container = this.parts.table.get(id);
    if (container === undefined) throw new MooringError('NOT_FOUND', `container ${id} does not exist`);
    await abortable(this.parts.lifecycle.start(container), signal);
  }

  async stopContainer(id: ContainerID, gracePeriodMs: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const container = this.parts.table.get(id);
    if (container !== undefined) await abortable(this.parts.lifecycle.stop(container, gracePeriodMs), signal);
  }

  async removeContainer(id: ContainerID, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const container = this.parts.table.get(id);
    if (container !== undefined) await abortable(this.parts.lifecycle.remove(container), signal);
  }

  async inspectContainer(id: ContainerID, signal: AbortSignal): Promise<ContainerInfo | undefined> {
    signal.throwIfAborted();
    return this.parts.table.get(id)?.info;
  }

  async listContainers(labels: Labels, signal: AbortSignal): Promise<readonly ContainerInfo[]> {
    signal.throwIfAborted();
    return this.parts.table.withLabels(labels).map(({ info }) => info);
  }

  events(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    return this.parts.events.subscribe(signal);
  }

  async exec(
    id: ContainerID,
    command: readonly string[],
    { outputBytesMax, env = [] }: ExecOptions,
    signal: AbortSignal,
  ): Promise<ExecResult> {
    signal.throwIfAborted();
    const spec = this.execSpecOf(id, command, env);
    return await execCommand({ ...spec, outputBytesMax }, this.parts.clock, signal);
  }

  async execStream(
    id: ContainerID,
    command: readonly string[],
    { stdin, tty, env = [] }: ExecStreamOptions,
    signal: AbortSignal,
  ): Promise<ProcessStreams> {
    signal.throwIfAborted();
    const spec = this.execSpecOf(id, command, env);
    return await execStreams({ ...spec, stdin, tty }, this.parts.clock, signal);
  }

  async attach(id: ContainerID, options: AttachOptions, signal: AbortSignal): Promise<ProcessStreams> {
    signal.throwIfAborted();
    const container = this.parts.table.get(id);
    if (container?.state !== 'running') throw new MooringError('NOT_FOUND', `container ${id} is not running`);
    const { clock, lifecycle } = this.parts;
    const hasTerminal = container.record.launch.tty === true;
    const log = { ...this.logOf(container), ...(hasTerminal && { pollMs: terminalPollMs }) };
    const ports = {
      follow: () => followLog(log, signal),
      closeInput: () => lifecycle.closeInput(container),
      resize: (size: TerminalSize) => void resizeContainer(container, size, clock),
    };
    return await attachTo(container, ports, options, signal);
  }

  logs(id: ContainerID, options: LogOptions, signal: AbortSignal): AsyncIterable<LogLine> {
    const container = this.parts.table.get(id);
    if (container === undefined) throw new MooringError('NOT_FOUND', `container ${id} does not exist`);
    return readLog(this.logOf(container), options, signal);
  }

  private logOf(container: Container): LogSource {
    return {
      path: join(container.dir, containerFiles.log),
      filesMax: this.parts.logFilesMax,
      isComplete: () => container.state === 'exited',
      end: container.endSignal,
      clock: this.parts.clock,
    };
  }

  async stats(id: ContainerID, signal: AbortSignal): Promise<ContainerStats | undefined> {
    signal.throwIfAborted();
    const { table, clock } = this.parts;
    const container = table.get(id);
    if (container?.state !== 'running') return undefined;
    const usage = await usageOf(await pidsOf(container));
    return { atMs: clock.now(), ...usage };
  }

  /** Throws `EXEC_FAILED` when nothing can be run in the container. */
  private execSpecOf(
    id: ContainerID,
    command: readonly string[],
    env: readonly { readonly name: string; readonly value: string }[],
  ): Omit<ExecSpec, 'outputBytesMax'> {
    const container = this.parts.table.get(id);
    const target = container?.state === 'running' ? container.process : undefined;
    if (container === undefined || target === undefined)
      throw new MooringError('EXEC_FAILED', `container ${id} is not running`);
    if (command.length === 0) throw new MooringError('EXEC_FAILED', 'no command specified');
    const { launch } = container.record;
    const own = Object.fromEntries(env.map(({ name, value }) => [name, value]));
    return {
      argv: command,
      workingDir: launch.workingDir,
      // The mark lets the command end with its container.
      env: { ...launch.env, ...own, [containerIDVariable]: id },
      privileges: launch.privileges,
      containerEnd: container.endSignal,
      ...(hasOwnMounts(container) && { mountsOf: target.pid }),
    };
  }

  /**
   * Lets go of the containers: those that run go on running, and the next instance over the same directory finds them.
   * Where there will be no such instance they end.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isDisposed) return;
    this.isDisposed = true;
    const { table, link, events, isEphemeral, releaseLock } = this.parts;
    events.close();
    const isIdle = isEphemeral || table.running().length === 0;
    await table.close();
    await link.close(isIdle);
    if (isIdle) await this.clearHost();
    releaseLock();
  }

  /** Mount points and groups. The shells that waited take a moment to notice that their supervisor is gone. */
  private async clearHost(): Promise<void> {
    const { clock, mountPoints, table, features, isEphemeral } = this.parts;
    // What has ended keeps its mount points for a next instance of the agent.
    const isOwner = (owner: string) => !isEphemeral && table.get(owner) !== undefined;
    const endMs = clock.monotonicMs() + clearWithinMs;
    for (;;) {
      const isClear = [
        mountPoints.sweep(isOwner),
        features.cgroups === undefined || removeEmptyCgroups(features.cgroups),
      ].every(Boolean);
      if (isClear || clock.monotonicMs() >= endMs) return;
      await sleep(clock, clearPollMs);
    }
  }
}

function hasOwnMounts({ record: { launch } }: Container): boolean {
  return launch.mounts.length > 0 || launch.terminationLogPath !== undefined || launch.readOnlyRoot;
}
