/** Sandboxes: a container that does nothing and holds the network of a pod. */

import { type Clock, MooringError, type SandboxConfig, type SandboxInfo, sleep } from '@mooring/core';
import type { ContainerCreateOptions } from 'dockerode';
import { type RequestSurroundings, sandboxRequest } from './create-request.ts';
import type { Engine } from './engine.ts';
import { engineWords, isNameTaken, statusOf } from './engine-error.ts';
import type { Images } from './images.ts';
import { filtersOf, inspectedOrigin, type Origin, originOf, readRecord } from './records.ts';

export interface SandboxesOptions extends RequestSurroundings {
  readonly engine: Engine;
  readonly images: Images;
  readonly clock: Clock;
}

const pollMs = 50;

/** What both an inspection and a list say. */
interface SandboxView {
  readonly id: string;
  readonly origin: Origin;
  /** In the words of the engine: `created`, `running`, `exited`... */
  readonly state: string;
  readonly networks: Readonly<Record<string, { readonly IPAddress: string }>>;
}

export class Sandboxes {
  private readonly options: SandboxesOptions;
  private readonly removing = new Set<string>();

  constructor(options: SandboxesOptions) {
    this.options = options;
  }

  /** Somebody has asked for its end. */
  isRemoving(id: string): boolean {
    return this.removing.has(id);
  }

  /** As `ContainerRuntime.createSandbox`. Rejects with `CREATE_FAILED` in the engine's words. */
  async create(config: SandboxConfig, signal: AbortSignal): Promise<SandboxInfo> {
    const { images, clock } = this.options;
    const pause = await images.ensurePause(signal);
    const id = await this.make(sandboxRequest(config, pause, clock.now(), this.options), signal);
    let view = await this.inspect(id, signal);
    if (view?.state === 'created') {
      await this.start(id, signal);
      view = await this.inspect(id, signal);
    }
    const info = view === undefined ? undefined : this.infoOf(view);
    if (info === undefined)
      throw new MooringError('CREATE_FAILED', `the sandbox of ${config.podName} vanished`);
    return info;
  }

  async list(signal: AbortSignal): Promise<readonly SandboxInfo[]> {
    const { engine, agentKey } = this.options;
    const filters = filtersOf(agentKey, 'sandbox');
    const listed = await engine.call('listing sandboxes', signal, (docker, abortSignal) =>
      docker.listContainers({ all: true, filters, abortSignal }),
    );
    return listed.flatMap((one) => {
      const networks = one.NetworkSettings.Networks;
      return this.infoOf({ id: one.Id, origin: originOf(one), state: one.State, networks }) ?? [];
    });
  }

  /** Gone already => ok. */
  async remove(id: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if ((await this.inspect(id, signal)) === undefined) return;
    this.removing.add(id);
    await removeContainer(this.options, id, { force: true }, signal);
  }

  /** The engine says that it is gone. */
  forget(id: string): void {
    this.removing.delete(id);
  }

  private async make(request: ContainerCreateOptions, signal: AbortSignal): Promise<string> {
    const { engine } = this.options;
    try {
      const made = await engine.call('creating a sandbox', signal, (docker, abortSignal) =>
        docker.createContainer({ ...request, abortSignal }),
      );
      return made.id;
    } catch (error) {
      const existing = isNameTaken(error) ? await this.idOf(request.name ?? '', signal) : undefined;
      if (existing !== undefined) return existing;
      throw createFailed(error);
    }
  }

  /** Something of it may remain when it does not start; the next attempt is then another one. */
  private async start(id: string, signal: AbortSignal): Promise<void> {
    try {
      await this.options.engine.call('starting a sandbox', signal, (docker, abortSignal) =>
        docker.getContainer(id).start({ abortSignal }),
      );
    } catch (error) {
      if (statusOf(error) === 304) return;
      if (statusOf(error) !== undefined) await this.remove(id, signal);
      throw createFailed(error);
    }
  }

  private async idOf(name: string, signal: AbortSignal): Promise<string | undefined> {
    return (await this.inspect(name, signal))?.id;
  }

  private async inspect(id: string, signal: AbortSignal): Promise<SandboxView | undefined> {
    const { engine, agentKey } = this.options;
    try {
      const found = await engine.call(`inspecting sandbox ${id}`, signal, (docker, abortSignal) =>
        docker.getContainer(id).inspect({ abortSignal }),
      );
      const origin = inspectedOrigin(found);
      if (readRecord(agentKey, 'sandbox', origin) === undefined) return undefined;
      return { id: found.Id, origin, state: found.State.Status, networks: found.NetworkSettings.Networks };
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  private infoOf({ id, origin, state, networks }: SandboxView): SandboxInfo | undefined {
    const record = readRecord(this.options.agentKey, 'sandbox', origin);
    if (record === undefined) return undefined;
    const { podUID, attempt, hostNetwork, createdAtMs } = record;
    // One that somebody holds up keeps its network all the same, as its containers keep running.
    const isReady = state === 'running' || state === 'paused';
    const ip = Object.values(networks).find(({ IPAddress }) => IPAddress !== '')?.IPAddress ?? '';
    return {
      ...{ id, podUID, attempt, createdAtMs },
      state: isReady ? 'ready' : 'notready',
      ip: hostNetwork || !isReady ? '' : ip,
    };
  }
}

/** Resolves when it is gone, whoever removes it. Rejects with the client's error when the engine refuses. */
export async function removeContainer(
  { engine, clock }: { readonly engine: Engine; readonly clock: Clock },
  id: string,
  options: { readonly force: boolean },
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    try {
      await engine.call(`removing container ${id}`, signal, (docker, abortSignal) =>
        docker.getContainer(id).remove({ ...options, v: true, abortSignal }),
      );
      return;
    } catch (error) {
      if (statusOf(error) === 404) return;
      if (statusOf(error) !== 409 || !/already in progress/.test(engineWords(error))) throw error;
      await sleep(clock, pollMs, signal);
    }
  }
}

/** `CREATE_FAILED` for what the engine refuses; everything else as it is. */
export function createFailed(error: unknown): unknown {
  if (statusOf(error) === undefined) return error;
  return new MooringError('CREATE_FAILED', engineWords(error), { cause: error });
}
