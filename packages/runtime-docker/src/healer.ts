/** Restarts containers of an existing Docker host that are not well, which the engine itself only notes. */

import {
  type Clock,
  errorMessage,
  type Logger,
  type Plugin,
  type Prober,
  silentLogger,
  sleep,
  systemClock,
} from '@mooring/core';
import type { ContainerInfo, ContainerInspectInfo } from 'dockerode';
import { Engine } from './engine.ts';
import { statusOf } from './engine-error.ts';
import { type EngineEvent, EngineEvents } from './engine-events.ts';
import { type HealProbe, readHealProbe, runHealProbe } from './heal-probe.ts';
import { addressOf, healTarget } from './heal-target.ts';
import { Images } from './images.ts';
import { Killer } from './killer.ts';
import { defaultOptions, resolveOptions, validateHealerOptions } from './options.ts';
import { isSameSignal } from './outside-acts.ts';
import { Patient } from './patient.ts';
import { originOf, readAnyRecord } from './records.ts';
import type { BackOffSettings } from './restart-back-off.ts';

/** What a healer has done, or could not do. */
export type HealerEvent =
  | {
      readonly type: 'restarted';
      readonly container: string;
      readonly reason: string;
      readonly restartCount: number;
    }
  /** It is tried again while it is unhealthy. */
  | { readonly type: 'failed'; readonly container: string; readonly reason: string; readonly message: string }
  /** Its label says nothing that can be done, or nothing is there to go by; its own `HEALTHCHECK` counts all the same. */
  | { readonly type: 'misconfigured'; readonly container: string; readonly message: string };

/** Options of `createHealer`. */
export interface HealerOptions {
  /** As for `dockerRuntime`. */
  readonly host?: string;
  /** `labelled` (the default): those with the label. `all`: but those with `mooring.dev/heal=false`. */
  readonly containers?: 'labelled' | 'all';
  /** `mooring.dev/heal=true` by default; two healers of one engine need two of them. */
  readonly label?: string;
  /** Bring the handlers of probes in labels, such as `httpProbe()`. */
  readonly plugins?: readonly Plugin[];
  /** 10 s after the first restart, doubling to 5 minutes. */
  readonly backOff?: BackOffSettings;
  readonly onEvent?: (event: HealerEvent) => void;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/** Restarts containers that a Docker host runs already, when they are unhealthy. */
export interface Healer extends AsyncDisposable {
  /** Why nobody can be looked after now: the engine does not answer. `undefined` when all is well. */
  readonly problem: string | undefined;
  /** Looks after nobody any more; every container is left as it is. */
  close(): Promise<void>;
}

/** The labels by which containers ask a healer to look after them. */
export const healLabels = { heal: 'mooring.dev/heal', probe: 'mooring.dev/heal-probe' } as const;

/** An engine that is down is waited for. Rejects with `INVALID` for options that are wrong. */
export async function createHealer(options: HealerOptions = {}): Promise<Healer> {
  validateHealerOptions(options);
  const given = options.host === undefined ? {} : { host: options.host };
  const { host } = resolveOptions(given, process.env);
  const clock = options.clock ?? systemClock;
  const ward = new Ward({ ...options, clock, engine: await Engine.open(host, clock) });
  return {
    get problem() {
      return ward.problem;
    },
    close: () => ward.close(),
    [Symbol.asyncDispose]: () => ward.close(),
  };
}

const relistMs = 5_000;
const backOffDefault: BackOffSettings = { initialMs: 10_000, maxMs: 300_000 };

/** The engine's own, for a container that says nothing. */
const stopSecondsDefault = 10;
const restartMarginMs = 30_000;

const noCheck = `has neither a HEALTHCHECK nor the label ${healLabels.probe}: nothing tells whether it is well`;

interface Admitted {
  readonly patient: Patient;
  /** The signal that tells it to stop. */
  readonly stopSignal: string;
  /** Ends with each life of the container. */
  probing: AbortController;
  readonly probe: HealProbe | undefined;
}

class Ward {
  /** As of the healer. */
  problem: string | undefined = 'the engine was not asked yet';
  private readonly options: HealerOptions & { readonly clock: Clock; readonly engine: Engine };
  private readonly probers: ReadonlyMap<string, Prober>;
  private readonly filters: { readonly label?: string[] };
  private readonly admitted = new Map<string, Admitted>();
  private readonly closing = new AbortController();
  private readonly work: Promise<unknown>;
  private readonly logger: Logger;
  private readonly killer: Killer;

  constructor(options: Ward['options']) {
    this.options = options;
    this.logger = options.logger ?? silentLogger;
    this.probers = probersOf(options.plugins ?? []);
    const { engine, clock } = options;
    const images = new Images({ engine, clock, logger: this.logger, options: defaultOptions });
    this.killer = new Killer({ engine, clock, images });
    this.filters =
      options.containers === 'all' ? {} : { label: [options.label ?? `${healLabels.heal}=true`] };
    const events = new EngineEvents({
      ...{ engine, clock, logger: this.logger, filters: this.filters, actions: ['health_status', 'pause'] },
      onEvent: (event) => this.handle(event),
      onLive: () => undefined,
      onGap: () => this.probeAnew(),
    });
    const { signal } = this.closing;
    this.work = Promise.all([events.run(signal), this.lookForEver(signal)]);
  }

  async close(): Promise<void> {
    this.closing.abort();
    await Promise.all([this.work, ...[...this.admitted.keys()].map((id) => this.discharge(id))]);
    this.options.engine.close();
  }

  private handle({ action, containerID, attributes, atMs }: EngineEvent): void {
    const admitted = this.admitted.get(containerID);
    // One that is new is found by the next look.
    if (admitted === undefined) return;
    if (action === 'stop' || (action === 'kill' && isStop(attributes['signal'], admitted.stopSignal)))
      admitted.patient.noteStop(atMs);
    if (action === 'start') admitted.patient.noteStarted(atMs);
    if (action === 'die' || action === 'start' || action === 'pause') admitted.probing.abort();
    if (action === 'health_status: unhealthy') admitted.patient.noteSick('its HEALTHCHECK fails');
    if (action === 'destroy') void this.discharge(containerID);
    if (attributes['exitCode'] !== undefined)
      this.logger.debug({ containerID, ...attributes }, 'container ended');
  }

  /** They may have been started once more meanwhile, at another address. */
  private probeAnew(): void {
    for (const { probing } of this.admitted.values()) probing.abort();
  }

  /** An engine that ends stops its containers, and says nothing of their start when it is back. */
  private async lookAtStopped(id: string, patient: Patient, signal: AbortSignal): Promise<void> {
    const inspected = await this.inspect(id, signal);
    if (inspected !== undefined) patient.noteStarted(Date.parse(inspected.State.StartedAt));
  }

  /** What events tell sooner, a look tells for certain. */
  private async lookForEver(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look(signal).then(
        () => this.noteAnswer(undefined),
        (error: unknown) => {
          if (!signal.aborted) this.noteAnswer(errorMessage(error));
        },
      );
      // An abort ends the sleep and the loop.
      await sleep(this.options.clock, relistMs, signal).catch(() => undefined);
    }
  }

  /** Told once for each time that the engine is away. */
  private noteAnswer(problem: string | undefined): void {
    const was = this.problem;
    this.problem = problem;
    if (problem === was) return;
    if (problem !== undefined) this.logger.warn({ error: problem }, 'containers not listed');
    else this.logger.info({ engine: this.options.engine.address }, 'the engine answers');
  }

  private async look(signal: AbortSignal): Promise<void> {
    const { engine } = this.options;
    const filters = { ...this.filters, status: ['running'] };
    const listed = await engine.call('listing containers', signal, (docker, abortSignal) =>
      docker.listContainers({ filters, abortSignal }),
    );
    for (const container of listed) {
      const { Id, Labels, Status } = container;
      // Those of agents have somebody who looks after them.
      if (Labels[healLabels.heal] === 'false' || readAnyRecord(originOf(container)) !== undefined) continue;
      const admitted = this.admitted.get(Id) ?? (await this.admit(container, signal));
      if (admitted === undefined) continue;
      if (admitted.patient.isBeingStopped) await this.lookAtStopped(Id, admitted.patient, signal);
      if (/\(unhealthy\)/.test(Status)) admitted.patient.noteSick('its HEALTHCHECK fails');
      if (admitted.probing.signal.aborted) void this.probe(container, admitted);
    }
  }

  /** `undefined` when it has gone meanwhile. */
  private async admit(container: ContainerInfo, signal: AbortSignal): Promise<Admitted | undefined> {
    const { clock, backOff = backOffDefault } = this.options;
    const id = container.Id;
    const name = nameOf(container);
    const inspected = await this.inspect(id, signal);
    if (inspected === undefined) return undefined;
    const { StopSignal = '' } = inspected.Config as { readonly StopSignal?: string };
    const probe = this.probeOf(container);
    const patient = new Patient({
      ...{ clock, backOff },
      isStillSick: (signal) => this.isStillSick(id, probe !== undefined, signal),
      restart: (signal) => this.restart(id, signal),
      onRestarted: (reason, restartCount) =>
        this.tell({ type: 'restarted', container: name, reason, restartCount }),
      onFailed: (reason, message) => this.tell({ type: 'failed', container: name, reason, message }),
    });
    const admitted = { patient, probe, stopSignal: StopSignal || 'SIGTERM', probing: new AbortController() };
    admitted.probing.abort();
    this.admitted.set(id, admitted);
    return admitted;
  }

  private probeOf(container: ContainerInfo): HealProbe | undefined {
    const text = container.Labels[healLabels.probe];
    const read = text === undefined ? undefined : readHealProbe(text, this.probers);
    if (read?.ok === false) this.tellMisconfigured(container, `label ${healLabels.probe}: ${read.problem}`);
    const isChecked = read !== undefined || /\((?:un)?healthy\)|\(health: /.test(container.Status);
    if (!isChecked && this.options.containers !== 'all') this.tellMisconfigured(container, noCheck);
    return read?.ok === true ? read.probe : undefined;
  }

  /** Begins with a life of the container: what an earlier one failed at does not count. */
  private async probe(container: ContainerInfo, admitted: Admitted): Promise<void> {
    const { probe, patient } = admitted;
    if (probe === undefined || this.closing.signal.aborted) return;
    const probing = new AbortController();
    admitted.probing = probing;
    const { signal } = probing;
    const { logger, killer } = this;
    const { engine, clock } = this.options;
    const onImpossible = (words: string) =>
      this.tellMisconfigured(container, `label ${healLabels.probe}: cannot be probed: ${words}`);
    try {
      const address = await addressOf(engine, container.Id, signal);
      const about = { id: container.Id, name: nameOf(container), address, timeoutMs: probe.timeoutMs };
      const target = healTarget({ engine, clock, logger, killer }, about);
      const reports = { onFailing: (words: string) => patient.noteSick(words), onImpossible };
      await runHealProbe(probe, target, clock, reports, signal);
    } catch (error) {
      if (!signal.aborted)
        logger.warn({ container: nameOf(container), error: errorMessage(error) }, 'probe broke');
      // The next look begins anew.
      probing.abort();
    }
  }

  /** A probe of ours has just failed; the engine's own check is asked, for a list may be old. Whoever pauses one wants it to stand still. */
  private async isStillSick(id: string, hasProbe: boolean, signal: AbortSignal): Promise<boolean> {
    const inspected = await this.inspect(id, signal);
    if (inspected === undefined) return false;
    const { Running, Paused, Health } = inspected.State;
    return Running && !Paused && (hasProbe || Health?.Status === 'unhealthy');
  }

  /** `undefined` when it has gone. */
  private async inspect(id: string, signal: AbortSignal): Promise<ContainerInspectInfo | undefined> {
    try {
      return await this.options.engine.call('inspecting a container', signal, (docker, abortSignal) =>
        docker.getContainer(id).inspect({ abortSignal }),
      );
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  /** In one call of the engine: whatever becomes of the healer meanwhile, the container is not left stopped. */
  private async restart(id: string, signal: AbortSignal): Promise<void> {
    const { engine } = this.options;
    const inspected = await engine.call('inspecting a container', signal, (docker, abortSignal) =>
      docker.getContainer(id).inspect({ abortSignal }),
    );
    const { StopTimeout = stopSecondsDefault } = inspected.Config as { readonly StopTimeout?: number };
    const deadlineMs = StopTimeout * 1000 + restartMarginMs;
    await engine.call(
      'restarting',
      signal,
      (docker) => docker.getContainer(id).restart({ t: StopTimeout }),
      deadlineMs,
    );
  }

  private async discharge(id: string): Promise<void> {
    const admitted = this.admitted.get(id);
    this.admitted.delete(id);
    admitted?.probing.abort();
    await admitted?.patient.discharge();
  }

  private tellMisconfigured(container: ContainerInfo, message: string): void {
    this.tell({ type: 'misconfigured', container: nameOf(container), message });
  }

  private tell(event: HealerEvent): void {
    const { type, ...about } = event;
    if (type === 'restarted') this.logger.info(about, 'container restarted');
    else this.logger.warn(about, type === 'failed' ? 'restart failed' : 'container misconfigured');
    this.options.onEvent?.(event);
  }
}

/** Others, such as SIGHUP, tell it something else. */
function isStop(signal = '', stopSignal: string): boolean {
  return (
    isSameSignal(signal, stopSignal) || isSameSignal(signal, 'SIGTERM') || isSameSignal(signal, 'SIGKILL')
  );
}

function nameOf({ Names: [name = ''], Id }: ContainerInfo): string {
  return name.replace(/^\//, '') || Id;
}

function probersOf(plugins: readonly Plugin[]): ReadonlyMap<string, Prober> {
  const probers = new Map<string, Prober>();
  for (const plugin of plugins)
    plugin.register({
      addProber: (prober) => void probers.set(prober.handler, prober),
      addRuntime: () => undefined,
      addController: () => undefined,
      addAdmission: () => undefined,
    });
  return probers;
}
