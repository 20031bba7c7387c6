/**
 * What the runtime has, as the pods hear of it: by event at once, by relist for certain. One list call for each relist;
 * only what differs from the last look is told. A list that fails tells nothing: no news is never taken for a death.
 */

import type { ContainerInfo, RuntimeEvent, SandboxInfo } from '../contract/container-runtime.ts';
import { sleep } from '../engine/abortable.ts';
import { sameItems } from '../engine/same-items.ts';
import { createWorkQueue, type WorkQueue } from '../engine/work-queue.ts';
import { withLastWords } from './container/container-exit.ts';
import { vanished } from './container/container-view.ts';
import { nodeLabel } from './container/labels.ts';
import type { NodeContext } from './node-context.ts';
import { newestFirst } from './pod/observation.ts';
import { callRuntime } from './runtime-call.ts';

export interface RuntimeWatchOptions {
  readonly node: NodeContext;
  readonly relistMs: number;
  /** An instance differs from what was seen of it last. */
  onInstance(info: ContainerInfo): void;
  /** The sandboxes of a pod differ from what was seen last; newest first. */
  onSandboxes(podUID: string, sandboxes: readonly SandboxInfo[]): void;
  /** After each complete relist. */
  onRelist(): void;
  /** The runtime answers, or does not. */
  onHealth(health: { readonly ready: boolean; readonly message: string }): void;
}

export interface Observed {
  readonly sandboxes: readonly SandboxInfo[];
  readonly containers: readonly ContainerInfo[];
}

/** A life goes one way; `unknown` may mean anything that has run. */
const stages = { created: 0, running: 1, unknown: 1, exited: 2 } as const;

/** Pause before the event stream is opened again. */
const reopenMs = 1000;
/** Instances inspected at a time. */
const looksMax = 32;

export class RuntimeWatch {
  private readonly options: RuntimeWatchOptions;
  private readonly containers = new Map<string, ContainerInfo>();
  private readonly byPod = new Map<string, Set<string>>();
  /** The pods that have more than one instance. */
  private readonly crowded = new Set<string>();
  private sandboxes: Map<string, readonly SandboxInfo[]> = new Map();
  /** What the last relist has found, and whether `containers` holds just that. */
  private listed: readonly ContainerInfo[] = [];
  private isAsListed = false;
  /** The last list of sandboxes, and those that the pods worked in when nothing was wrong with it. */
  private listedSandboxes: readonly SandboxInfo[] = [];
  private confirmedSandboxes: readonly (SandboxInfo | undefined)[] = [];

  /** Hints in number do not become calls in number; a failed look is left to the relist. */
  private readonly looks: WorkQueue;
  /** The same for hints that everything is to be looked at: there is one key, and one relist at a time. */
  private readonly relists: WorkQueue;

  constructor(options: RuntimeWatchOptions) {
    this.options = options;
    const { clock, logger } = options.node;
    this.looks = createWorkQueue({
      clock,
      concurrency: looksMax,
      run: (id, signal) => this.look(id, signal),
      onError(containerID, err) {
        logger.warn({ containerID, err }, 'container not inspected');
        return false;
      },
    });
    this.relists = createWorkQueue({
      clock,
      concurrency: 1,
      run: async (_, signal) => void (await this.tryRelist(signal)),
    });
  }

  /** The first look; rejects when the runtime does not answer. */
  async begin(signal: AbortSignal): Promise<void> {
    await this.relist(signal, false);
  }

  /** A complete look, now. False when the runtime does not answer. */
  lookAround(signal: AbortSignal): Promise<boolean> {
    return this.tryRelist(signal);
  }

  /** Until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.followEvents(signal), this.relistForEver(signal)]);
    await this.looks[Symbol.asyncDispose]();
    await this.relists[Symbol.asyncDispose]();
  }

  /** An instance that the agent itself has made or started: from now on a look has to find it. */
  note(info: ContainerInfo): void {
    const before = this.containers.get(info.id);
    if (before === undefined || stages[before.state] <= stages[info.state]) this.remember(info);
  }

  /** An instance that the agent itself has removed, whose end may not have been seen here. */
  noteRemoved(id: string): void {
    const known = this.containers.get(id);
    if (known !== undefined) this.forget(known);
  }

  /** The agent itself has removed all sandboxes of a pod: who is made anew under its UID does not begin in them. */
  noteNoSandboxes(podUID: string): void {
    this.sandboxes.delete(podUID);
  }

  /** What was seen of a pod. */
  observed(podUID: string): Observed {
    const ids = this.byPod.get(podUID);
    if (ids === undefined) return { sandboxes: this.sandboxes.get(podUID) ?? [], containers: [] };
    const containers = [...ids].flatMap((id) => this.containers.get(id) ?? []);
    return { sandboxes: this.sandboxes.get(podUID) ?? [], containers };
  }

  /** The instances of each pod that has more of them than `size`. */
  *crowds(size: number): Iterable<readonly ContainerInfo[]> {
    const pods = size >= 1 ? this.crowded : this.byPod.keys();
    for (const podUID of pods)
      if ((this.byPod.get(podUID)?.size ?? 0) > size) yield this.observed(podUID).containers;
  }

  /** Shows the UID of each pod of which the runtime has anything, of some of them twice. Leaves no garbage behind. */
  eachPodUID(visit: (podUID: string) => void): void {
    const visitKey = (_: unknown, podUID: string) => visit(podUID);
    this.byPod.forEach(visitKey);
    this.sandboxes.forEach(visitKey);
  }

  private async followEvents(signal: AbortSignal): Promise<void> {
    const { node } = this.options;
    while (!signal.aborted) {
      try {
        for await (const event of node.runtime.events(signal)) this.handle(event);
      } catch (err) {
        if (signal.aborted) return;
        node.logger.warn({ err }, 'event stream of the runtime broke');
      }
      if (signal.aborted) return;
      await sleep(node.clock, reopenMs, signal).catch(ignoreAbort);
      // What happened while nobody listened is known only from a look at everything.
      await this.tryRelist(signal);
    }
  }

  private handle(event: RuntimeEvent): void {
    const { node } = this.options;
    if (event.type === 'lost-events' || event.type === 'sandbox-lost') {
      this.relists.add('everything');
      return;
    }
    if (event.type !== 'exited' && event.type !== 'removed') return;
    if (event.containerID === undefined || !node.records.has(event.podUID)) return;
    this.looks.add(event.containerID);
  }

  /** One instance, after a hint about it. */
  private async look(id: string, signal: AbortSignal): Promise<void> {
    const { node } = this.options;
    const inspect = (inner: AbortSignal) => node.runtime.inspectContainer(id, inner);
    const info = await callRuntime(node, `inspecting container ${id}`, signal, inspect);
    if (info === undefined) await this.missing(id, signal);
    else await this.tell(info, signal);
  }

  private async relistForEver(signal: AbortSignal): Promise<void> {
    const { node, relistMs } = this.options;
    while (!signal.aborted) {
      await sleep(node.clock, relistMs, signal).catch(ignoreAbort);
      if (!signal.aborted) await this.tryRelist(signal);
    }
  }

  /** False when the runtime does not answer, and once the signal has aborted. */
  private async tryRelist(signal: AbortSignal): Promise<boolean> {
    try {
      await this.relist(signal, true);
      this.options.onHealth({ ready: true, message: '' });
      return true;
    } catch (err) {
      if (signal.aborted) return false;
      this.options.node.logger.warn({ err }, 'relist failed');
      this.options.onHealth({ ready: false, message: err instanceof Error ? err.message : String(err) });
      return false;
    }
  }

  private async relist(signal: AbortSignal, tells: boolean): Promise<void> {
    const { node } = this.options;
    const before = this.isAsListed ? this.listed : [...this.containers.values()];
    const labels = { [nodeLabel]: node.nodeName };
    const found = await callRuntime(node, 'listing containers', signal, (s) =>
      node.runtime.listContainers(labels, s),
    );
    const sandboxes = await callRuntime(node, 'listing sandboxes', signal, (s) =>
      node.runtime.listSandboxes(s),
    );
    // At rest a runtime gives the very objects that it gave the last time.
    const isAtRest = this.isAsListed && sameItems(found, before);
    if (!isAtRest) await this.takeIn(found, before, tells, signal);
    await this.noteSandboxes(sandboxes, tells, signal);
    if (tells) this.options.onRelist();
  }

  /** A list of all instances, with what was known before it was asked for: only that can be missing from it. */
  private async takeIn(
    found: readonly ContainerInfo[],
    before: readonly ContainerInfo[],
    tells: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const missing = new Set(before.map(({ id }) => id));
    for (const info of found) {
      missing.delete(info.id);
      const last = this.containers.get(info.id);
      if (last === info) continue;
      // Nearly all of them are as they were: no promise for those.
      if (!tells || last?.state === info.state) this.remember(info);
      else await this.guarded(info, signal, () => this.tell(info, signal));
    }
    for (const info of before)
      if (missing.has(info.id)) await this.guarded(info, signal, () => this.missing(info.id, signal));
    this.listed = found;
    this.isAsListed =
      found.length === this.containers.size && found.every((info) => this.containers.get(info.id) === info);
  }

  private async tell(listed: ContainerInfo, signal: AbortSignal): Promise<void> {
    const { node } = this.options;
    const before = this.containers.get(listed.id);
    let info = listed;
    if (before !== undefined && stages[listed.state] < stages[before.state]) {
      // A list may be older than what was seen meanwhile; only a fresh look can take that back.
      const inspect = (inner: AbortSignal) => node.runtime.inspectContainer(listed.id, inner);
      const fresh = await callRuntime(node, `inspecting container ${listed.id}`, signal, inspect);
      if (fresh === undefined) return;
      info = fresh;
    }
    this.remember(info);
    if (before?.state === info.state) return;
    const record = node.records.get(info.podUID);
    const whole = record === undefined ? info : await withLastWords(node, record, info, signal);
    this.options.onInstance(whole);
  }

  /** What is wrong with one instance does not keep the others from being told. */
  private async guarded(info: ContainerInfo, signal: AbortSignal, tell: () => Promise<void>): Promise<void> {
    try {
      await tell();
    } catch (err) {
      signal.throwIfAborted();
      this.options.node.logger.warn({ podUID: info.podUID, err }, 'container not looked at');
    }
  }

  /** Gone without a word. A running one is confirmed missing by itself before it is called dead. */
  private async missing(id: string, signal: AbortSignal): Promise<void> {
    const before = this.containers.get(id);
    if (before === undefined) return;
    const { node } = this.options;
    if (before.state === 'running') {
      const inspect = (inner: AbortSignal) => node.runtime.inspectContainer(id, inner);
      const info = await callRuntime(node, `inspecting container ${id}`, signal, inspect);
      if (info !== undefined) return await this.tell(info, signal);
    }
    this.forget(before);
    if (before.state === 'running') this.options.onInstance(vanished(before, node.clock.now()));
  }

  private remember(info: ContainerInfo): void {
    this.isAsListed = false;
    this.containers.set(info.id, info);
    const ids = this.byPod.get(info.podUID);
    if (ids === undefined) this.byPod.set(info.podUID, new Set([info.id]));
    else if (ids.add(info.id).size > 1) this.crowded.add(info.podUID);
  }

  private forget(info: ContainerInfo): void {
    this.isAsListed = false;
    this.containers.delete(info.id);
    const ids = this.byPod.get(info.podUID);
    ids?.delete(info.id);
    if (ids?.size === 1) this.crowded.delete(info.podUID);
    if (ids?.size === 0) this.byPod.delete(info.podUID);
  }

  private async noteSandboxes(
    found: readonly SandboxInfo[],
    tells: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const { records } = this.options.node;
    if (sameItems(found, this.listedSandboxes) && this.isConfirmed()) return;
    const own = Array.from(records.values(), ({ sandbox }) => sandbox);
    const before = this.sandboxes;
    let listed = found;
    let now = groupByPod(found);
    const pods = new Set([...before.keys(), ...now.keys(), ...records.keys()]);
    // A sandbox that came and went between two lists is in neither; its pod knows that it had one.
    const changed = [...pods].filter(
      (podUID) =>
        this.lacksOwn(podUID, now) ||
        !sameSandboxes(before.get(podUID) ?? this.ownOf(podUID), now.get(podUID) ?? []),
    );
    if (tells && changed.some((podUID) => this.lacksOwn(podUID, now))) {
      // A sandbox made while the list was under way is missing from it; a whole pod must not die of that.
      const { node } = this.options;
      listed = await callRuntime(node, 'listing sandboxes', signal, (s) => node.runtime.listSandboxes(s));
      now = groupByPod(listed);
    }
    this.sandboxes = now;
    this.listedSandboxes = listed;
    this.confirmedSandboxes = changed.length === 0 ? own : [];
    if (!tells) return;
    for (const podUID of changed) this.options.onSandboxes(podUID, now.get(podUID) ?? []);
  }

  /** Do all pods work in the sandboxes in which they were found at the last look? */
  private isConfirmed(): boolean {
    const { records } = this.options.node;
    if (records.size !== this.confirmedSandboxes.length) return false;
    let i = 0;
    for (const { sandbox } of records.values()) {
      if (sandbox !== this.confirmedSandboxes[i]) return false;
      i += 1;
    }
    return true;
  }

  /** What a pod knows without being told: the sandbox that it has just made. */
  private ownOf(podUID: string): readonly SandboxInfo[] {
    const own = this.options.node.records.get(podUID)?.sandbox;
    return own === undefined ? [] : [own];
  }

  /** Is the sandbox that a pod works in missing or broken, as far as this list says? */
  private lacksOwn(podUID: string, now: ReadonlyMap<string, readonly SandboxInfo[]>): boolean {
    const [own] = this.ownOf(podUID);
    if (own === undefined) return false;
    return !(now.get(podUID) ?? []).some(({ id, state }) => id === own.id && state === 'ready');
  }
}

/** Of each pod the newest first. */
function groupByPod(sandboxes: readonly SandboxInfo[]): Map<string, readonly SandboxInfo[]> {
  const groups = new Map<string, SandboxInfo[]>();
  for (const sandbox of sandboxes) {
    const group = groups.get(sandbox.podUID);
    if (group === undefined) groups.set(sandbox.podUID, [sandbox]);
    else group.push(sandbox);
  }
  for (const group of groups.values()) group.sort(newestFirst);
  return groups;
}

function sameSandboxes(a: readonly SandboxInfo[], b: readonly SandboxInfo[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ id, state, ip }, i) => id === b[i]?.id && state === b[i]?.state && ip === b[i]?.ip)
  );
}

/** An abort ends the loop around the call; it is no failure. */
function ignoreAbort(): void {}
