/**
 * The containers of this agent. A list costs one call, and one for each container that may have changed: what was seen
 * stays true until the engine says otherwise, as long as there is somebody who listens to it.
 */

import { constants } from 'node:os';
import type { ContainerInfo, Labels } from '@mooring/core';
import type { ContainerInspectInfo, ContainerInfo as DockerContainer } from 'dockerode';
import { afterEnd, afterStart, containerInfo, type Inspected } from './container-info.ts';
import type { Engine } from './engine.ts';
import { statusOf } from './engine-error.ts';
import type { MessageFiles } from './message-files.ts';
import type { FirstEnd, OutsideActs } from './outside-acts.ts';
import { type ContainerRecord, filtersOf, inspectedOrigin, originOf, readRecord } from './records.ts';
import type { Spares } from './spares.ts';

export interface Instance {
  readonly info: ContainerInfo;
  readonly record: ContainerRecord;
  /** `SIGTERM` when neither pod nor image says. */
  readonly stopSignal: string;
  /** In the words of the engine: `created`, `running`, `exited`... */
  readonly engineState: string;
  /** It was created with an input. */
  readonly hasInput: boolean;
  /** Its input ends with the first who was attached to it. */
  readonly endsInput: boolean;
  /** Memory may run out in it before it does on the host. */
  readonly hasMemoryLimit: boolean;
  readonly inspected: Inspected;
}

/** What the engine has said of its end, and what it was before that. */
interface ToldEnd {
  readonly before: Instance;
  readonly end: FirstEnd;
}

type ContainerListed = Pick<DockerContainer, 'Id' | 'State'>;

export interface InstancesOptions {
  readonly engine: Engine;
  readonly agentKey: string;
  readonly messages: MessageFiles;
  readonly spares: Spares;
  readonly outside: OutsideActs;
}

const usualStopSignal = 'SIGTERM';
const killedCode = 128 + constants.signals.SIGKILL;
const idPattern = /^[0-9a-f]{64}$/;
/** Containers inspected at a time. */
const looksMax = 8;

export class Instances {
  private readonly options: InstancesOptions;
  private readonly seen = new Map<string, Instance>();
  /** Looks that are under way; what is seen is kept only if nothing happened meanwhile. */
  private readonly looks = new Map<string, symbol>();
  /** Those that have begun to run since they were seen: as they were, but for that. */
  private readonly begun = new Map<string, Instance>();
  /** Ends that nobody has asked for since. */
  private readonly told = new Map<string, ToldEnd>();
  private readonly stopSignals = new Map<string, string>();
  /** When those were asked for that had been made ahead. */
  private readonly bornMs = new Map<string, number>();
  /** Why the engine did not start them. */
  private readonly refusals = new Map<string, string>();
  /** Somebody listens to the engine. */
  private isInformed = false;
  /** The kernel calls only a container out of memory that has a limit of its own. */
  private hasOwnLimitsOnly = false;

  constructor(options: InstancesOptions) {
    this.options = options;
  }

  /** A fresh look; `undefined` for what is not there, or not this agent's. */
  async look(id: string, signal: AbortSignal): Promise<Instance | undefined> {
    signal.throwIfAborted();
    // The engine would also take a name, or the beginning of an ID, of anybody's container.
    if (!idPattern.test(id)) return undefined;
    const look = Symbol(id);
    this.looks.set(id, look);
    try {
      const instance = await this.inspect(id, signal);
      if (instance !== undefined) this.stopSignals.set(id, instance.stopSignal);
      if (instance !== undefined && this.looks.get(id) === look) this.see(id, instance);
      return instance;
    } finally {
      if (this.looks.get(id) === look) this.looks.delete(id);
    }
  }

  /** What is known of it without asking, as long as somebody would have heard of a change; otherwise a fresh look. */
  async know(id: string, signal: AbortSignal): Promise<Instance | undefined> {
    signal.throwIfAborted();
    return (await this.known(id)) ?? (await this.look(id, signal));
  }

  /** As `look`; nothing happens to one that was never started but its start, which is ours, and nothing after its end. */
  async lookOver(id: string, signal: AbortSignal): Promise<Instance | undefined> {
    const known = await this.known(id);
    const isSettled = known?.engineState === 'created' || known?.engineState === 'exited';
    return isSettled ? known : await this.look(id, signal);
  }

  /** All that carry these labels; rejects unless the list is whole. */
  async list(labels: Labels, signal: AbortSignal): Promise<readonly ContainerInfo[]> {
    const { engine, agentKey } = this.options;
    const filters = filtersOf(agentKey, 'container');
    const listed = await engine.call('listing containers', signal, (docker, abortSignal) =>
      docker.listContainers({ all: true, filters, abortSignal }),
    );
    const wanted = listed.filter((one) => {
      const record = readRecord(agentKey, 'container', originOf(one));
      if (record === undefined || this.isSpare(one, record)) return false;
      return Object.entries(labels).every(([name, value]) => record.labels[name] === value);
    });
    const ids = new Set(listed.map(({ Id }) => Id));
    for (const id of this.seen.keys()) if (!ids.has(id) && !this.looks.has(id)) this.seen.delete(id);
    const found: (Instance | undefined)[] = [];
    for (let i = 0; i < wanted.length; i += looksMax) {
      const looks = wanted.slice(i, i + looksMax).map(({ Id, State }) => {
        const seen = this.isInformed ? this.seen.get(Id) : undefined;
        return seen?.engineState === State ? seen : this.look(Id, signal);
      });
      found.push(...(await Promise.all(looks)));
    }
    // What has gone since the list was made is not missing from it.
    return found.flatMap((instance) => instance?.info ?? []);
  }

  /** Something has happened to it. */
  touch(id: string): void {
    this.seen.delete(id);
    this.looks.delete(id);
    this.told.delete(id);
  }

  /** The engine says that it has been started; what it was before is enough to know its end by what the engine says. */
  noteStart(id: string, atMs: number): void {
    const before = this.isInformed ? this.seen.get(id) : undefined;
    this.touch(id);
    if (before?.engineState !== 'created') return;
    this.begun.set(id, { ...before, engineState: 'running', inspected: afterStart(before.inspected, atMs) });
  }

  /** A start of ours was answered, one way or the other; its end may have been told of before that. */
  noteStartAnswered(id: string): void {
    if (!this.told.has(id)) this.touch(id);
  }

  /**
   * The engine says that it has ended. It answers no question about it before it has cleaned up after it, and whoever
   * waits for the end need not wait for that. Only whether memory had run out has to be asked.
   */
  noteEnd(id: string, end: FirstEnd): void {
    const before = this.isInformed ? (this.seen.get(id) ?? this.begun.get(id)) : undefined;
    this.touch(id);
    this.begun.delete(id);
    if (before?.engineState !== 'running') return;
    const isClear = end.exitCode !== killedCode || (this.hasOwnLimitsOnly && !before.hasMemoryLimit);
    if (isClear) this.told.set(id, { before, end });
  }

  /** A signal changes nothing of what runs; it may say why something has ended. */
  noteSignal(id: string): void {
    if (this.hasEnded(id)) this.touch(id);
    else this.looks.delete(id);
  }

  /** Of the engine's host: it has control groups of the first version. */
  trustKills(): void {
    this.hasOwnLimitsOnly = true;
  }

  /** It was made ahead, and is asked for now: that is when it was created, for whoever asks. */
  noteCreated(id: string, atMs: number): void {
    this.bornMs.set(id, atMs);
    const seen = this.seen.get(id);
    if (seen !== undefined) this.seen.set(id, { ...seen, info: { ...seen.info, createdAtMs: atMs } });
  }

  /** The engine would not start it. */
  noteRefusal(id: string, words: string): void {
    this.refusals.set(id, words);
  }

  /** Whether events come in; when they have stopped, nothing that was seen is known to be true still. */
  informed(isInformed: boolean): void {
    this.isInformed = isInformed;
    if (isInformed) return;
    this.seen.clear();
    this.looks.clear();
    this.begun.clear();
    this.told.clear();
    this.options.spares.forgetAll();
  }

  /** It was seen to have ended, as the last thing that was heard of it. */
  hasEnded(id: string): boolean {
    return this.told.has(id) || this.seen.get(id)?.info.state === 'exited';
  }

  /** The one that tells it to stop, as far as that is known. */
  stopSignalOf(id: string): string {
    return this.stopSignals.get(id) ?? usualStopSignal;
  }

  forget(id: string): void {
    this.touch(id);
    this.begun.delete(id);
    this.stopSignals.delete(id);
    this.bornMs.delete(id);
    this.refusals.delete(id);
    this.options.outside.forget(id);
  }

  /** Made ahead, perhaps by an earlier life of this agent. */
  private isSpare({ Id: id, State: state }: ContainerListed, record: ContainerRecord): boolean {
    const { spares } = this.options;
    if (!spares.isHidden({ id, record, state })) return false;
    spares.add(id, record.spareMark ?? '', record);
    return true;
  }

  private async inspect(id: string, signal: AbortSignal): Promise<Instance | undefined> {
    const { engine, agentKey } = this.options;
    let inspected: ContainerInspectInfo & { readonly Config: { readonly StopSignal?: string } };
    try {
      inspected = await engine.call(`inspecting container ${id}`, signal, (docker, abortSignal) =>
        docker.getContainer(id).inspect({ abortSignal }),
      );
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
    const record = readRecord(agentKey, 'container', inspectedOrigin(inspected));
    if (record === undefined) return undefined;
    const { Id, Created, State, Config, HostConfig } = inspected;
    return {
      ...(await this.stateOf({ Id, Created, State }, record)),
      record,
      stopSignal: Config.StopSignal || usualStopSignal,
      hasInput: Config.OpenStdin === true,
      endsInput: Config.StdinOnce === true,
      hasMemoryLimit: (HostConfig.Memory ?? 0) > 0,
    };
  }

  private async stateOf(
    inspected: Inspected,
    record: ContainerRecord,
  ): Promise<Pick<Instance, 'info' | 'engineState' | 'inspected'>> {
    const { messages, outside } = this.options;
    const { Id: id, State } = inspected;
    const message = record.hasMessageFile && !State.Running ? await messages.read(record.name) : undefined;
    const firstEnd = outside.endBeforeRerun(id);
    const facts = {
      isStoppedAt: (endMs: number) => outside.isStoppedAt(id, endMs),
      ...(firstEnd !== undefined && { firstEnd }),
      ...(message !== undefined && { message }),
    };
    const bornMs = this.bornMs.get(id);
    const refusal = this.refusals.get(id);
    const info = containerInfo(inspected, record, {
      ...{ ...facts, ...(bornMs !== undefined && { bornMs }) },
      ...(refusal !== undefined && { refusal }),
    });
    return { info, engineState: State.Status, inspected };
  }

  /** Without asking the engine. */
  private async known(id: string): Promise<Instance | undefined> {
    if (!this.isInformed) return undefined;
    const told = this.told.get(id);
    if (told === undefined) return this.seen.get(id);
    const { before, end } = told;
    const ended = { ...before, ...(await this.stateOf(afterEnd(before.inspected, end), before.record)) };
    if (this.told.get(id) === told) this.see(id, ended);
    return ended;
  }

  private see(id: string, instance: Instance): void {
    this.told.delete(id);
    this.seen.set(id, instance);
  }
}
