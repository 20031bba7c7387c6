/** A probe in a label of a container: `{ "httpGet": { "path": "/healthz", "port": 8080 }, "periodSeconds": 5 }`. */

import {
  type Clock,
  didYouMean,
  errorMessage,
  FieldPath,
  formatFieldError,
  hasCode,
  onAbort,
  type ProbeAttempt,
  type ProbeResult,
  type Prober,
  type ProbeTarget,
  sleep,
} from '@mooring/core';

export interface HealProbe {
  readonly handler: string;
  readonly attempt: ProbeAttempt;
  readonly periodMs: number;
  readonly timeoutMs: number;
  readonly initialDelayMs: number;
  /** Failures in a row that make a container unhealthy. */
  readonly failureThreshold: number;
}

export type ReadProbe =
  | { readonly ok: true; readonly probe: HealProbe }
  | { readonly ok: false; readonly problem: string };

/** As in Kubernetes. */
const defaults = { periodSeconds: 10, timeoutSeconds: 1, initialDelaySeconds: 0, failureThreshold: 3 };
type Setting = keyof typeof defaults;

export function readHealProbe(text: string, probers: ReadonlyMap<string, Prober>): ReadProbe {
  let fields: Readonly<Record<string, unknown>>;
  try {
    fields = JSON.parse(text);
    if (typeof fields !== 'object' || fields === null || Array.isArray(fields))
      return refuse('must be a JSON object');
  } catch (error) {
    return refuse(`is no JSON: ${errorMessage(error)}`);
  }
  const { settings, problem } = readSettings(fields);
  if (problem !== undefined) return refuse(problem);
  const handlers = Object.keys(fields).filter((name) => probers.has(name));
  const unknown = Object.keys(fields).filter((name) => !Object.hasOwn(defaults, name) && !probers.has(name));
  const known = [...probers.keys(), ...Object.keys(defaults)];
  if (unknown.length > 0)
    return refuse(unknown.map((name) => `${name}: unknown field${didYouMean(name, known)}`).join(', '));
  const [handler = ''] = handlers;
  const prober = probers.get(handler);
  if (handlers.length !== 1 || prober === undefined)
    return refuse(
      `must have one handler of ${[...probers.keys()].join(', ') || 'a plugin'}, not ${handlers.join(', ') || 'none'}`,
    );
  const compiled = prober.compile(fields[handler], FieldPath.root.child(handler));
  if (!compiled.ok) return refuse(compiled.errors.map(formatFieldError).join(', '));
  return {
    ok: true,
    probe: {
      handler,
      attempt: compiled.value,
      periodMs: Math.max(1, settings.periodSeconds) * 1000,
      timeoutMs: Math.max(1, settings.timeoutSeconds) * 1000,
      initialDelayMs: settings.initialDelaySeconds * 1000,
      failureThreshold: Math.max(1, settings.failureThreshold),
    },
  };
}

function refuse(problem: string): ReadProbe {
  return { ok: false, problem };
}

function readSettings(fields: Readonly<Record<string, unknown>>): {
  readonly settings: Readonly<Record<Setting, number>>;
  readonly problem?: string;
} {
  const settings = { ...defaults };
  for (const name of Object.keys(defaults) as Setting[]) {
    const value = fields[name] ?? defaults[name];
    if (!Number.isInteger(value) || Number(value) < 0)
      return { settings, problem: `${name} must be a whole number, not ${JSON.stringify(value)}` };
    settings[name] = Number(value);
  }
  return { settings };
}

export interface ProbeReports {
  /** At each failure from the threshold on. */
  onFailing(message: string): void;
  /** Once, when as many attempts in a row could not be made at all: with what is asked for, none can. */
  onImpossible(message: string): void;
}

/** Probes until the signal aborts. An attempt that could not be made counts as nothing, as for kubelets. */
export async function runHealProbe(
  probe: HealProbe,
  target: ProbeTarget,
  clock: Clock,
  { onFailing, onImpossible }: ProbeReports,
  signal: AbortSignal,
): Promise<void> {
  const { handler, failureThreshold } = probe;
  let failures = 0;
  let voids = 0;
  await sleep(clock, probe.initialDelayMs, signal);
  for (;;) {
    const { outcome, message } = await attemptOnce(probe, target, clock, signal);
    signal.throwIfAborted();
    if (outcome === 'failure') failures += 1;
    else if (outcome !== 'void' && outcome !== 'unanswered') failures = 0;
    voids = outcome === 'void' ? voids + 1 : 0;
    if (voids === failureThreshold) onImpossible(message);
    if (outcome === 'failure' && failures >= failureThreshold)
      onFailing(`its ${handler} probe fails${message === '' ? '' : `: ${message}`}`);
    await sleep(clock, probe.periodMs, signal);
  }
}

type Attempted = ProbeResult | { readonly outcome: 'void' | 'unanswered'; readonly message: string };

async function attemptOnce(
  { attempt, timeoutMs }: HealProbe,
  target: ProbeTarget,
  clock: Clock,
  signal: AbortSignal,
): Promise<Attempted> {
  const timeout = new AbortController();
  const timer = clock.setTimeout(
    () => timeout.abort(new Error(`no answer within ${timeoutMs} ms`)),
    timeoutMs,
  );
  const forget = onAbort(signal, () => timeout.abort(signal.reason));
  try {
    return await attempt(target, timeout.signal);
  } catch (error) {
    const message = errorMessage(error);
    if (timeout.signal.aborted) return { outcome: 'failure', message };
    // Anything else says nothing about the container.
    return { outcome: hasCode(error, 'RUNTIME_UNAVAILABLE') ? 'unanswered' : 'void', message };
  } finally {
    clock.clearTimeout(timer);
    forget();
  }
}
