/** Restarts containers of an existing Docker host that are not well, which the engine itself only notes. */

import {
  type Clock,
  errorMessage,
  type Logger,
  type Plugin,
  type Prober,
  type ProbeTarget,
  silentLogger,
  sleep,
  systemClock,
} from '@mooring/core';
import type { ContainerInfo } from 'dockerode';
import { Engine } from './engine.ts';
import { statusOf } from './engine-error.ts';
import { type EngineEvent, EngineEvents } from './engine-events.ts';
import { execCommand } from './exec-command.ts';
import { type HealProbe, readHealProbe, runHealProbe } from './heal-probe.ts';
import { Images } from './images.ts';
import { Killer } from './killer.ts';
import { defaultOptions, resolveOptions, validateHealerOptions } from './options.ts';
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
  /** Its label says nothing that can be done; its own `HEALTHCHECK` counts all the same. */
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
  return { close: () => ward.close(), [Symbol.asyncDispose]: () => ward.close() };
}

const relistMs = 5_000;
const backOffDefault: BackOffSettings = { initialMs: 10_000, maxMs: 300_000 };

/** The engine's own, for a container that says nothing. */
const stopSecondsDefault = 10;
const restartMarginMs = 30_000;

interface Admitted {
  readonly patient: Patient;
  /** Ends with each life of the container. */
  probing: AbortController;
  readonly probe: HealProbe | undefined;
}

class Ward {
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
      ...{ engine, clock, logger: this.logger, filters: this.filters, actions: ['health_status'] },
      onEvent: (event) => this.handle(event),
      onLive: () => undefined,
      onGap: () => undefined,
    });
    const { signal } = this.closing;
    this.work = Promise.all([events.run(signal), this.lookForEver(signal)]);
  }

  async close(): Promise<void> {
    this.closing.abort();
    await Promise.all([this.work, ...[...this.admitted.keys()].map((id) => this.discharge(id))]);
    this.options.engine.close();
  }

  private handle({ action, containerID, attributes }: EngineEvent): void {
    const admitted = this.admitted.get(containerID);
    // One that is new is found by the next look.
    if (admitted === undefined) return;
    if (action === 'kill' || action === 'stop') admitted.patient.noteStop();
    if (action === 'start') admitted.patient.noteStarted();
    if (action === 'die' || action === 'start') admitted.probing.abort();
    if (action === 'health_status: unhealthy') admitted.patient.noteSick('its HEALTHCHECK fails');
    if (action === 'destroy') void this.discharge(containerID);
    if (attributes['exitCode'] !== undefined)
      this.logger.debug({ containerID, ...attributes }, 'container ended');
  }

  /** What events tell sooner, a look tells for certain. */
  private async lookForEver(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look(signal).catch((error: unknown) => {
        if (!signal.aborted) this.logger.warn({ error: errorMessage(error) }, 'containers not listed');
      });
      // An abort ends the sleep and the loop.
      await sleep(this.options.clock, relistMs, signal).catch(() => undefined);
    }
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
      const admitted = this.admitted.get(Id) ?? this.admit(container);
      if (/\(unhealthy\)/.test(Status)) admitted.patient.noteSick('its HEALTHCHECK fails');
      if (admitted.probing.signal.aborted) this.probe(container, admitted);
    }
  }

  private admit(container: ContainerInfo): Admitted {
    const { clock, backOff = backOffDefault } = this.options;
    const id = container.Id;
    const name = nameOf(container);
    const text = container.Labels[healLabels.probe];
    const read = text === undefined ? undefined : readHealProbe(text, this.probers);
    if (read?.ok === false)
      this.tell({
        type: 'misconfigured',
        container: name,
        message: `label ${healLabels.probe}: ${read.problem}`,
      });
    const probe = read?.ok === true ? read.probe : undefined;
    const patient = new Patient({
      ...{ clock, backOff },
      isStillSick: (signal) => this.isStillSick(id, probe !== undefined, signal),
      restart: (signal) => this.restart(id, signal),
      onRestarted: (reason, restartCount) =>
        this.tell({ type: 'restarted', container: name, reason, restartCount }),
      onFailed: (reason, message) => this.tell({ type: 'failed', container: name, reason, message }),
    });
    const admitted = { patient, probe, probing: new AbortController() };
    admitted.probing.abort();
    this.admitted.set(id, admitted);
    return admitted;
  }

  /** Begins with a life of the container: what an earlier one failed at does not count. */
  private probe(container: ContainerInfo, admitted: Admitted): void {
    const { probe, patient } = admitted;
    if (probe === undefined || this.closing.signal.aborted) return;
    const probing = new AbortController();
    admitted.probing = probing;
    const onFailing = (message: string) => patient.noteSick(message);
    runHealProbe(probe, this.targetOf(container, probe), this.options.clock, onFailing, probing.signal).catch(
      (error: unknown) => {
        if (!probing.signal.aborted) this.logger.error({ error: errorMessage(error) }, 'probe broke');
      },
    );
  }

  private targetOf(container: ContainerInfo, { timeoutMs }: HealProbe): ProbeTarget {
    const { logger } = this;
    const { engine, clock } = this.options;
    const name = nameOf(container);
    const addresses = Object.values(container.NetworkSettings.Networks).map(({ IPAddress }) => IPAddress);
    return {
      // On the network of the host it has none of its own.
      podIP: addresses.find((address) => address !== '') ?? '127.0.0.1',
      ...{ podUID: container.Id, podName: name, namespace: 'default', containerName: name },
      ...{ containerID: container.Id, timeoutMs },
      resolvePort(port) {
        if (Number.isInteger(Number(port))) return Number(port);
        throw new Error(`port ${JSON.stringify(port)} of ${name} must be a number`);
      },
      expand: (words) => words,
      exec: (command, options, signal) =>
        execCommand({ engine, clock, logger, killer: this.killer }, container.Id, command, options, signal),
    };
  }

  /** A probe of ours has just failed; the engine's own check is asked, for a list may be old. */
  private async isStillSick(id: string, hasProbe: boolean, signal: AbortSignal): Promise<boolean> {
    const { engine } = this.options;
    try {
      const { State } = await engine.call('inspecting a container', signal, (docker, abortSignal) =>
        docker.getContainer(id).inspect({ abortSignal }),
      );
      return State.Running && (hasProbe || State.Health?.Status === 'unhealthy');
    } catch (error) {
      if (statusOf(error) === 404) return false;
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

  private tell(event: HealerEvent): void {
    this.logger.info(event, 'healer');
    this.options.onEvent?.(event);
  }
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
