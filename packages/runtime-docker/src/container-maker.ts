/** How containers come into being: made when they are asked for, or ahead of that. */

import type { Clock, ContainerConfig, ContainerID } from '@mooring/core';
import type { ContainerCreateOptions } from 'dockerode';
import { containerRequest, type RequestSurroundings } from './create-request.ts';
import type { Engine } from './engine.ts';
import { isNameTaken, statusOf } from './engine-error.ts';
import type { Images } from './images.ts';
import type { Instances } from './instances.ts';
import type { MessageFiles } from './message-files.ts';
import { inspectedOrigin, readRecord, spareLabels } from './records.ts';
import { createFailed, removeContainer, type Sandboxes } from './sandboxes.ts';
import { markOf, type Spare, type Spares } from './spares.ts';

export interface MakerOptions extends RequestSurroundings {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly images: Images;
  readonly instances: Instances;
  readonly sandboxes: Sandboxes;
  readonly messages: MessageFiles;
  readonly spares: Spares;
  /** One that was made ahead is asked for. */
  onTaken(id: ContainerID, config: ContainerConfig): void;
}

interface Made {
  readonly id: string;
  /** Made ahead, and not asked for so far. */
  readonly isHidden: boolean;
}

interface Making {
  readonly sandboxID: string;
  readonly done: Promise<unknown>;
}

/** Somebody may take the name again each time it was freed. */
const triesMax = 3;

export class ContainerMaker {
  private readonly options: MakerOptions;
  /** By name: those that are being made ahead. */
  private readonly making = new Map<string, Making>();

  constructor(options: MakerOptions) {
    this.options = options;
  }

  /** As `ContainerRuntime.createContainer`. */
  async create(config: ContainerConfig, signal: AbortSignal): Promise<ContainerID> {
    signal.throwIfAborted();
    const { spares, onTaken } = this.options;
    await this.making.get(config.name)?.done;
    const request = await this.requestOf(config, signal);
    const mark = markOf(request);
    const spareID = spares.take(config.name, mark);
    const made =
      spareID === undefined ? await this.make(request, mark, false, signal) : { id: spareID, isHidden: true };
    if (made.isHidden) {
      spares.reveal(made.id);
      onTaken(made.id, config);
    }
    return made.id;
  }

  /** As `ContainerRuntime.prepareContainer`. */
  async prepare(config: ContainerConfig, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { sandboxID, name } = config;
    if (this.making.has(name) || this.options.sandboxes.isRemoving(sandboxID)) return;
    const making = this.makeAhead(config, signal);
    // Others wait until it is over, one way or the other.
    const done = making.catch(() => undefined).finally(() => this.making.delete(name));
    this.making.set(name, { sandboxID, done });
    await making;
  }

  /** Removes what was made ahead in a sandbox, which goes. */
  async drop(sandboxID: string, signal: AbortSignal): Promise<void> {
    for (const making of this.making.values()) if (making.sandboxID === sandboxID) await making.done;
    const { spares } = this.options;
    for (const spare of spares.filter((one) => one.sandboxID === sandboxID)) await this.remove(spare, signal);
  }

  /** Removes those of `spares` whose sandbox is none of `sandboxIDs`. */
  async sweep(spares: readonly Spare[], sandboxIDs: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    for (const spare of spares) if (!sandboxIDs.has(spare.sandboxID)) await this.remove(spare, signal);
  }

  private async makeAhead(config: ContainerConfig, signal: AbortSignal): Promise<void> {
    const { spares, instances } = this.options;
    const request = await this.requestOf(config, signal);
    const mark = markOf(request);
    if (spares.has(config.name, mark)) return;
    for (const spare of spares.supersededBy(config)) await this.remove(spare, signal);
    const { id, isHidden } = await this.make(request, mark, true, signal);
    if (!isHidden) return;
    // Whoever takes it need not look at it.
    await instances.look(id, signal);
    const hasMessageFile = config.terminationMessagePath !== undefined;
    spares.add(id, mark, { ...config, hasMessageFile });
  }

  /** Makes it, or finds it made; what was made ahead under its name and is not the same has to go. */
  private async make(
    request: ContainerCreateOptions,
    mark: string,
    isAhead: boolean,
    signal: AbortSignal,
  ): Promise<Made> {
    const { engine } = this.options;
    const labels = isAhead ? spareLabels(request.Labels ?? {}, mark) : request.Labels;
    for (let tries = 1; ; tries += 1) {
      try {
        const made = await engine.call(`creating container ${request.name}`, signal, (docker, abortSignal) =>
          docker.createContainer({ ...request, Labels: labels, abortSignal }),
        );
        return { id: made.id, isHidden: isAhead };
      } catch (error) {
        const holder = isNameTaken(error) ? await this.holderOf(request.name ?? '', signal) : undefined;
        if (holder === undefined || tries === triesMax) throw createFailed(error);
        if (!holder.isHidden || holder.mark === mark) return holder;
        this.options.spares.forget(holder.id);
        await removeContainer(this.options, holder.id, { force: false }, signal);
      }
    }
  }

  /** The container of this agent that has the name on the engine. */
  private async holderOf(name: string, signal: AbortSignal): Promise<(Made & { mark?: string }) | undefined> {
    const { engine, agentKey, spares } = this.options;
    try {
      const found = await engine.call(`looking for container ${name}`, signal, (docker, abortSignal) =>
        docker.getContainer(name).inspect({ abortSignal }),
      );
      const record = readRecord(agentKey, 'container', inspectedOrigin(found));
      if (record === undefined) return undefined;
      const { spareMark: mark } = record;
      const isHidden = spares.isHidden({ id: found.Id, record, state: found.State.Status });
      return { id: found.Id, isHidden, ...(mark !== undefined && { mark }) };
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  private async requestOf(config: ContainerConfig, signal: AbortSignal): Promise<ContainerCreateOptions> {
    const { messages, images } = this.options;
    const { runAsUser, runAsGroup } = config.securityContext ?? {};
    const wantsUser = runAsGroup !== undefined && runAsUser === undefined;
    const imageUser = wantsUser ? (await images.find(config.imageRef, signal))?.user : undefined;
    const messageFile = config.terminationMessagePath === undefined ? undefined : messages.make(config.name);
    const basis = {
      ...(messageFile !== undefined && { messageFile }),
      ...(imageUser !== undefined && { imageUser }),
    };
    return containerRequest(config, basis, this.options);
  }

  private async remove({ id, name, hasMessageFile }: Spare, signal: AbortSignal): Promise<void> {
    const { spares, messages, instances } = this.options;
    spares.forget(id);
    await removeContainer(this.options, id, { force: false }, signal);
    instances.forget(id);
    if (hasMessageFile) messages.remove(name);
  }
}
