/** What a prober is put in front of by its conformance kit, and how its attempts are driven there. */

import assert from 'node:assert/strict';
import { FieldPath } from '../api/field-error.ts';
import type { ProbeAttempt, ProbeOutcome, ProbeResult, Prober, ProbeTarget } from '../contract/prober.ts';
import { withDeadline } from '../engine/deadline.ts';
import { systemClock } from '../engine/system-clock.ts';

/** Something to probe, and the settings that point at it. */
export interface ProbeScene extends AsyncDisposable {
  /** What stands under the handler's key. */
  readonly raw: unknown;
  readonly target: ProbeTarget;
  /** Resolves once an attempt has got as far as it will get. Absent: as soon as it was started. */
  underWay?(): Promise<void>;
}

/** What an attempt amounts to for its host: `error` is thrown away, a rejection with the signal's reason is a failure. */
export type Verdict = ProbeOutcome | 'error';

/** No attempt may take longer, aborted or not. */
const attemptMsMax = 10_000;

/** A scene with the prober's settings compiled for it. */
export class StagedProbe {
  readonly scene: ProbeScene;
  private readonly compiled: ProbeAttempt;

  constructor(prober: Prober, scene: ProbeScene) {
    const parsed = prober.compile(scene.raw, new FieldPath(prober.handler));
    assert.ok(parsed.ok, `good settings were refused: ${JSON.stringify(parsed)}`);
    this.scene = scene;
    this.compiled = parsed.value;
  }

  /** One attempt with a signal that aborts after `timeoutMs`. */
  async attempt(timeoutMs = attemptMsMax): Promise<ProbeResult> {
    const controller = new AbortController();
    const timer = systemClock.setTimeout(() => controller.abort(new Error('timeout')), timeoutMs);
    try {
      return await this.guarded(this.compiled(this.scene.target, controller.signal));
    } finally {
      systemClock.clearTimeout(timer);
    }
  }

  /** An attempt that is aborted once it is under way: what it amounts to, and how long after the abort it settled. */
  async abortedAttempt(): Promise<{ readonly verdict: Verdict; readonly lateMs: number }> {
    const controller = new AbortController();
    const attempt = verdictOf(this.compiled(this.scene.target, controller.signal), controller.signal);
    await this.scene.underWay?.();
    const abortedAtMs = systemClock.monotonicMs();
    controller.abort(new Error('timeout'));
    const verdict = await this.guarded(attempt);
    return { verdict, lateMs: systemClock.monotonicMs() - abortedAtMs };
  }

  /** An attempt whose signal has aborted already. */
  async lateAttempt(): Promise<Verdict> {
    const signal = AbortSignal.abort(new Error('timeout'));
    return await this.guarded(verdictOf(this.compiled(this.scene.target, signal), signal));
  }

  private guarded<T>(attempt: Promise<T>): Promise<T> {
    return withDeadline(systemClock, 2 * attemptMsMax, undefined, 'the attempt', () => attempt);
  }
}

async function verdictOf(attempt: Promise<ProbeResult>, signal: AbortSignal): Promise<Verdict> {
  try {
    return (await attempt).outcome;
  } catch (error) {
    return signal.aborted && error === signal.reason ? 'failure' : 'error';
  }
}
