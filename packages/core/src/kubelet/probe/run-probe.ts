/**
 * One probe: an attempt with a deadline, repeated at once when it could not be made. Whatever a prober does (throws,
 * hangs, answers nonsense), this settles in bounded time with a result.
 */

import { formatDuration } from '../../api/duration.ts';
import type { Clock } from '../../contract/clock.ts';
import { errorMessage, MooringError } from '../../contract/error.ts';
import type { ProbeAttempt, ProbeOutcome, ProbeTarget } from '../../contract/prober.ts';
import { onAbort } from '../../engine/abortable.ts';

/** How often an attempt that could not be made is made (the kubelet's `maxProbeRetries`). */
const attemptsMax = 3;
/** How long after its deadline an attempt may take to say so. */
const settleGraceMs = 1000;
/** A deadline that is noticed this much too late says nothing about the container: it is us who were busy. */
const lateMsMaxDefault = 250;
/** Attempts of one probe that never settled; beyond, the prober is called again seldom, until one of them does. */
const hangingMax = 3;
/** Until the first of these calls; twice as long until each that follows. What made it hang may be over one day. */
const hangingRestMs = 60_000;
const hangingRestMsMax = 3_600_000;
/** What of a message is kept; the longest output that the kubelet reads. */
const messageLengthMax = 10_240;

/** `failure`: the container is unhealthy. `error`: nothing was learnt about it. `warning` counts as success. */
export interface ProbeRunResult {
  readonly kind: ProbeOutcome | 'error';
  readonly message: string;
  /** How many attempts were made. */
  readonly attempts: number;
}

export interface ProbeRun {
  /** The key in the probe, for messages. */
  readonly handler: string;
  /** Absent when the probe names no handler: an error each time. */
  readonly attempt: ProbeAttempt | undefined;
  readonly target: ProbeTarget;
  /** For each attempt. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly lateMsMax?: number;
}

/**
 * Never rejects for what the prober does; rejects with `signal.reason` when the signal aborts, and hands the abort on to
 * the attempt. A container without a probe (`undefined`) is well.
 */
export async function runProbe(run: ProbeRun | undefined, signal: AbortSignal): Promise<ProbeRunResult> {
  if (run === undefined) return { kind: 'success', message: '', attempts: 0 };
  for (let attempts = 1; ; attempts += 1) {
    signal.throwIfAborted();
    const result = resultOf(await runAttempt(run, signal), attempts);
    if (result !== undefined) return result;
  }
}

/** Absent when it is worth another attempt. */
function resultOf({ kind, message, isVoid }: Answer, attempts: number): ProbeRunResult | undefined {
  if (kind === 'error' && isVoid !== true && attempts < attemptsMax) return undefined;
  return { kind, message: message.slice(0, messageLengthMax), attempts };
}

interface Answer {
  readonly kind: ProbeRunResult['kind'];
  readonly message: string;
  /** Not to be tried again: more load is the last thing that a busy agent needs. */
  readonly isVoid?: boolean;
}

interface Hanging {
  /** Attempts that are past their deadline and their grace and still have not settled. */
  count: number;
  /** On the monotonic clock. */
  restsUntilMs: number;
}

const hanging = new WeakMap<ProbeAttempt, Hanging>();

function runAttempt(run: ProbeRun, signal: AbortSignal): Promise<Answer> {
  const { attempt, clock, timeoutMs } = run;
  if (attempt === undefined) return Promise.resolve({ kind: 'error', message: 'missing probe handler' });
  const { count, restsUntilMs } = hanging.get(attempt) ?? { count: 0, restsUntilMs: 0 };
  if (clock.monotonicMs() < restsUntilMs) {
    const message = `probe timed out: ${count} earlier attempts of prober "${run.handler}" still hang`;
    return Promise.resolve({ kind: 'failure', message });
  }
  return new Promise((resolve, reject) => {
    const controller = new AbortController();
    const dueMs = clock.monotonicMs() + timeoutMs;
    let timedOut: Answer | undefined;
    let isSettled = false;
    let hangs = false;

    const settle = (answer: Answer) => {
      if (hangs) settledLate(attempt);
      if (isSettled) return;
      isSettled = true;
      clock.clearTimeout(timer);
      forget();
      resolve(answer);
    };
    const expire = () => {
      timedOut = timeoutAnswer(run, clock.monotonicMs() - dueMs);
      timer = clock.setTimeout(abandon, settleGraceMs);
      controller.abort(new MooringError('DEADLINE_EXCEEDED', timedOut.message));
    };
    const abandon = () => {
      if (timedOut !== undefined) settle(timedOut);
      hangs = true;
      countHanging(attempt, clock.monotonicMs());
    };

    let timer = clock.setTimeout(expire, timeoutMs);
    const forget = onAbort(signal, () => {
      isSettled = true;
      clock.clearTimeout(timer);
      controller.abort(signal.reason);
      reject(signal.reason);
    });
    call(attempt, run.target, controller.signal).then(
      (result) => settle(answerOf(run.handler, result, timedOut)),
      (error) => settle(answerOfRejection(error, controller.signal, timedOut)),
    );
  });
}

/** An async function: whatever a prober throws or returns becomes a promise. */
async function call(attempt: ProbeAttempt, target: ProbeTarget, signal: AbortSignal): Promise<unknown> {
  return await attempt(target, signal);
}

function countHanging(attempt: ProbeAttempt, nowMs: number): void {
  const count = (hanging.get(attempt)?.count ?? 0) + 1;
  const beyond = count - hangingMax;
  const restMs = beyond < 0 ? 0 : Math.min(hangingRestMs * 2 ** beyond, hangingRestMsMax);
  hanging.set(attempt, { count, restsUntilMs: nowMs + restMs });
}

/** It does settle after all: there is room for another one. */
function settledLate(attempt: ProbeAttempt): void {
  const count = (hanging.get(attempt)?.count ?? 0) - 1;
  hanging.set(attempt, { count, restsUntilMs: 0 });
}

function timeoutAnswer(run: ProbeRun, lateMs: number): Answer {
  const message = `probe timed out after ${formatDuration(run.timeoutMs)}`;
  if (lateMs <= (run.lateMsMax ?? lateMsMaxDefault)) return { kind: 'failure', message };
  const late = formatDuration(Math.round(lateMs));
  return {
    kind: 'error',
    isVoid: true,
    message: `${message}, but the agent itself was ${late} late: result void`,
  };
}

/** What a prober resolved with is `unknown`: plugins may be written without types, and even a look at it may throw. */
function answerOf(handler: string, result: unknown, timedOut: Answer | undefined): Answer {
  if (timedOut?.isVoid) return timedOut;
  try {
    return readAnswer(handler, result, timedOut);
  } catch (error) {
    const message = `prober "${handler}" answered with what cannot be read: ${errorMessage(error)}`;
    return { kind: 'error', message };
  }
}

function readAnswer(handler: string, result: unknown, timedOut: Answer | undefined): Answer {
  const { outcome, message } = (typeof result === 'object' && result !== null ? result : {}) as {
    readonly outcome?: unknown;
    readonly message?: unknown;
  };
  const words = typeof message === 'string' ? message : '';
  switch (outcome) {
    case 'success':
    case 'warning':
      return timedOut ?? { kind: outcome, message: words };
    case 'failure':
      return { kind: 'failure', message: words === '' && timedOut !== undefined ? timedOut.message : words };
    case 'unknown':
      // The kubelet's own fourth word, and it counts as failure there.
      return { kind: 'failure', message: words };
    default:
      return { kind: 'error', message: `prober "${handler}" answered with nonsense: ${describe(result)}` };
  }
}

function answerOfRejection(error: unknown, signal: AbortSignal, timedOut: Answer | undefined): Answer {
  if (timedOut !== undefined && (timedOut.isVoid || stemsFrom(error, signal.reason))) return timedOut;
  return { kind: 'error', message: errorMessage(error) };
}

/** Node wraps the reason of an abort in an error of its own. */
function stemsFrom(error: unknown, reason: unknown): boolean {
  if (error === reason) return true;
  try {
    return error instanceof Error && error.cause === reason;
  } catch {
    // Its cause cannot be read, so it is none of ours.
    return false;
  }
}

function describe(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const outcome: unknown = 'outcome' in value ? value.outcome : undefined;
  return outcome === undefined ? 'no outcome' : `outcome ${JSON.stringify(outcome)}`;
}
