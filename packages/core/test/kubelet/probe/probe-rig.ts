/** A probe actor on virtual time with scripted attempts, and a record of all that it did. */

import { type Actor, createActor, fromCallback } from 'xstate';
import type {
  AttemptInput,
  ContainerChanged,
  ProbeInput,
  ProbeLogic,
  ProbeVerdictChanged,
} from '../../../src/kubelet/probe/probe-machine.ts';
import type { ProbeRunResult } from '../../../src/kubelet/probe/run-probe.ts';
import { type ProbeSettings, type ProbeType, probeSettings } from '../../../src/kubelet/probe/settings.ts';
import { wireProbe } from '../../../src/kubelet/probe/wire-probe.ts';
import { TestClock } from '../../../src/testing/test-clock.ts';

export type Answer = ProbeRunResult['kind'];

export interface RigOptions {
  readonly type?: ProbeType;
  readonly settings?: Partial<ProbeSettings>;
  readonly input?: Partial<Pick<ProbeInput, 'adopted' | 'firstDelayMs' | 'isSidecar'>>;
  /** What the attempt that begins at this time answers; by default success. */
  readonly answer?: (atMs: number, key: AttemptInput) => Answer | Error;
  /** How long an attempt takes; by default it answers at once. */
  readonly durationMs?: (atMs: number) => number;
  readonly chance?: number;
}

export function settingsOf(settings: Partial<ProbeSettings> = {}): ProbeSettings {
  const base = { ...probeSettings({}), successThreshold: 1, failureThreshold: 1 };
  return { ...base, firstProbeMs: settings.initialDelayMs ?? 0, ...settings };
}

export class ProbeRig implements Disposable {
  readonly clock = new TestClock();
  /** Times count from the rig's creation. */
  readonly verdicts: { atMs: number; containerID: string; verdict: string; message: string }[] = [];
  readonly attempts: { atMs: number; containerID: string }[] = [];
  readonly errors: unknown[] = [];
  readonly breaks: { key: AttemptInput; error: unknown }[] = [];
  aborted = 0;
  inFlight = 0;
  inFlightMax = 0;
  readonly actor: Actor<ProbeLogic>;
  private readonly beganMs = this.clock.now();
  private readonly options: RigOptions;

  constructor(options: RigOptions = {}) {
    this.options = options;
    const owner = createActor(
      fromCallback<ProbeVerdictChanged>(({ receive }) => {
        receive(({ containerID, verdict, message }) => {
          this.verdicts.push({ atMs: this.atMs, containerID, verdict, message });
        });
      }),
    ).start();
    const logic = wireProbe({
      clock: this.clock,
      random: { next: () => options.chance ?? 0, uuid: () => 'uuid' },
      attempt: (key, signal) => this.attempt(key, signal),
      attemptBroke: (key, error) => this.breaks.push({ key, error }),
    });
    const type = options.type ?? 'liveness';
    const settings = settingsOf(options.settings);
    this.actor = createActor(logic, {
      clock: this.clock,
      input: { owner, podUID: 'uid-1', container: 'web', type, settings, ...options.input },
    });
    this.actor.subscribe({ error: (error) => this.errors.push(error) });
    this.actor.start();
  }

  get atMs(): number {
    return this.clock.now() - this.beganMs;
  }

  get state(): string {
    return String(this.actor.getSnapshot().value);
  }

  get attemptTimes(): readonly number[] {
    return this.attempts.map(({ atMs }) => atMs);
  }

  /** A container that runs and has passed its startup probe (which a startup probe has not), started now; or as told. */
  change(change: Partial<Omit<ContainerChanged, 'type'>> = {}): void {
    this.actor.send({
      type: 'container.changed',
      containerID: 'c-1',
      state: 'running',
      startedAtMs: this.clock.now(),
      started: this.options.type !== 'startup',
      willRestart: true,
      ...change,
    });
  }

  [Symbol.dispose](): void {
    this.actor.stop();
  }

  private async attempt(key: AttemptInput, signal: AbortSignal): Promise<ProbeRunResult> {
    const { atMs } = this;
    this.attempts.push({ atMs, containerID: key.containerID });
    this.inFlight += 1;
    this.inFlightMax = Math.max(this.inFlightMax, this.inFlight);
    try {
      await this.sleep(this.options.durationMs?.(atMs) ?? 0, signal);
      const answer = this.options.answer?.(atMs, key) ?? 'success';
      if (answer instanceof Error) throw answer;
      return { kind: answer, message: `${answer} at ${atMs}`, attempts: 1 };
    } finally {
      this.inFlight -= 1;
    }
  }

  private async sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (ms === 0) return;
    await new Promise<void>((resolve, reject) => {
      const timer = this.clock.setTimeout(resolve, ms);
      signal.addEventListener('abort', () => {
        this.aborted += 1;
        this.clock.clearTimeout(timer);
        reject(signal.reason);
      });
    });
  }
}
