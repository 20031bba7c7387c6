/** Creating, starting, stopping and removing containers; every verb may be repeated. */

import {
  type Clock,
  type ContainerConfig,
  type EventHub,
  errorMessage,
  hasCode,
  MooringError,
} from '@mooring/core';
import { type Container, containerIDOf, containerKeyOf } from './container.ts';
import type { ContainerTable } from './container-table.ts';
import { parseSignal } from './exit-code.ts';
import type { HostFeatures } from './host-features.ts';
import type { ImageMap } from './image-map.ts';
import { planOf } from './launch-plan.ts';
import type { LaunchSpec } from './launch-script.ts';
import { buildLaunchSpec } from './launch-spec.ts';
import { kindOf, type MountPoint, type MountPoints } from './mount-points.ts';
import type { Sandboxes } from './sandboxes.ts';
import type { SupervisorLink } from './supervisor-link.ts';
import type { SupervisorRequest } from './supervisor-protocol.ts';
import { clearRemains, Termination } from './termination.ts';

export interface LifecycleDeps {
  readonly agentKey: string;
  readonly clock: Clock;
  readonly events: EventHub;
  readonly features: HostFeatures;
  readonly images: ImageMap;
  readonly sandboxes: Sandboxes;
  readonly table: ContainerTable;
  readonly mountPoints: MountPoints;
  readonly link: SupervisorLink;
  /** Variables of the agent that containers get. */
  readonly inherited: Readonly<Record<string, string>>;
}

type HintRequest = Extract<SupervisorRequest, { type: 'prepare' | 'discard' | 'retire' | 'close-input' }>;

/** The exit code that containerd gives to what never ran. */
const startErrorExitCode = 128;

export class ContainerLifecycle {
  private readonly deps: LifecycleDeps;

  constructor(deps: LifecycleDeps) {
    this.deps = deps;
  }

  /** Throws `CREATE_FAILED`. */
  create(config: ContainerConfig): Container {
    const { table, images, sandboxes, features, inherited, clock, mountPoints } = this.deps;
    const id = containerIDOf(this.deps.agentKey, config.name);
    const known = table.get(id);
    if (known !== undefined) return known;
    try {
      const image = images.get(config.image);
      const sandbox = sandboxes.get(config.sandboxID);
      if (sandbox === undefined)
        throw new Error(`sandbox ${JSON.stringify(config.sandboxID)} does not exist`);
      const stopSignalName = config.stopSignal ?? image.definition.stopSignal ?? 'SIGTERM';
      const stopSignal = parseSignal(stopSignalName);
      if (stopSignal === undefined)
        throw new Error(`stop signal ${JSON.stringify(stopSignalName)} is unknown`);
      const { ip: podIP, hostname } = sandbox;
      const launch = buildLaunchSpec(config, { image, features, podIP, hostname, inherited });
      const plan = planOf(launch);
      mountPoints.ensure(id, mountPointsOf(launch));
      // The supervisor gets to work while the record is written and the caller decides about the start.
      this.tell({ type: 'prepare', id, key: containerKeyOf(config), plan });
      const createdAtMs = clock.now();
      return table.create({ id, createdAtMs, config, imageRef: image.ref, launch, stopSignal }, plan);
    } catch (error) {
      this.tell({ type: 'discard', id });
      mountPoints.release(id);
      if (hasCode(error, 'CREATE_FAILED')) throw error;
      throw new MooringError('CREATE_FAILED', errorMessage(error), { cause: error });
    }
  }

  /** Rejects with `START_FAILED`, after which the container has ended, or with `RUNTIME_UNAVAILABLE`. */
  async start(container: Container): Promise<void> {
    if (container.state !== 'created') return;
    container.starting ??= this.launch(container).finally(() => {
      container.starting = undefined;
    });
    await container.starting;
  }

  /** Resolves when nothing of the container runs. */
  async stop(container: Container, gracePeriodMs: number): Promise<void> {
    // A start whose outcome is open would otherwise come after the stop.
    await container.starting?.catch(() => undefined);
    if (container.state === 'created') return;
    if (container.state === 'exited') return await clearRemains([container], this.deps.clock);
    const { clock, table } = this.deps;
    container.termination ??= new Termination(container, clock, (orphan) => table.findEnd(orphan));
    container.termination.within(gracePeriodMs);
    await container.termination.done;
  }

  /** Its process reads the end of its input, once it has read what was written. */
  async closeInput(container: Container): Promise<void> {
    await this.request({ type: 'close-input', id: container.id });
  }

  /** Rejects with `CONTAINER_RUNNING`. */
  async remove(container: Container): Promise<void> {
    const { table, mountPoints } = this.deps;
    if (container.state === 'running' || container.starting !== undefined)
      throw new MooringError(
        'CONTAINER_RUNNING',
        `container ${container.record.config.name} is running: stop it before it is removed`,
      );
    if (container.state === 'created') await this.request({ type: 'discard', id: container.id });
    const isLast = !table.all().some(({ key, id }) => key === container.key && id !== container.id);
    // There will be no further instance: what was prepared for it can go.
    if (isLast) await this.request({ type: 'retire', key: container.key });
    table.remove(container);
    mountPoints.release(container.id);
  }

  /** For what only saves time: whether it is heard shows in the start. */
  private tell(request: HintRequest): void {
    // One that was not heard is made good by the start.
    this.deps.link.connected?.request(request).catch(() => undefined);
  }

  /** For what a supervisor that is gone has no need to be told: it has taken what it had prepared along. */
  private async request(request: HintRequest): Promise<void> {
    try {
      await (await this.deps.link.get()).request(request);
    } catch (error) {
      if (!hasCode(error, 'RUNTIME_UNAVAILABLE')) throw error;
    }
  }

  private async launch(container: Container): Promise<void> {
    const { link, table, events } = this.deps;
    const client = await link.get();
    const { id, dir, key, plan, record } = container;
    try {
      const { process } = await client.request({ type: 'start', id, dir, key, plan });
      container.process = process;
      container.isSupervised = true;
      events.emit('started', record.config.podUID, id);
    } catch (error) {
      if (hasCode(error, 'RUNTIME_UNAVAILABLE')) throw error;
      const { clock } = this.deps;
      const message = `failed to start: ${errorMessage(error)}`;
      table.recordExit(container, {
        exitCode: startErrorExitCode,
        reason: 'StartError',
        message,
        finishedAtMs: clock.now(),
      });
      throw new MooringError('START_FAILED', message, { cause: error });
    }
  }
}

/** Throws when a volume is not there. */
function mountPointsOf({ mounts, terminationLogPath }: LaunchSpec): readonly MountPoint[] {
  const points: MountPoint[] = mounts.map(({ containerPath: path, hostPath }) => ({
    path,
    kind: kindOf(hostPath),
  }));
  if (terminationLogPath !== undefined) points.push({ path: terminationLogPath, kind: 'file' });
  return points;
}
