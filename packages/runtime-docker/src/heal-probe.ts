/** A probe in a label of a container: `{ "httpGet": { "path": "/healthz", "port": 8080 }, "periodSeconds": 5 }`. */

import {
  type Clock,
  errorMessage,
  FieldPath,
  formatFieldError,
  onAbort,
  type ProbeAttempt,
  type ProbeResult,
  type Prober,
  type ProbeTarget,
  sleep,
} from '@mooring/core';

export interface HealProbe {
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
  const handlers = Object.keys(fields).filter((name) => !Object.hasOwn(defaults, name));
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

/**
 * Probes until the signal aborts, and calls `onFailing` at each failure from the threshold on. An attempt that could not be
 * made counts as nothing, as for kubelets.
 */
export async function runHealProbe(
  probe: HealProbe,
  target: ProbeTarget,
  clock: Clock,
  onFailing: (message: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  await sleep(clock, probe.initialDelayMs, signal);
  for (;;) {
    const result = await attemptOnce(probe, target, clock, signal);
    signal.throwIfAborted();
    if (result?.outcome === 'failure') failures += 1;
    else if (result !== undefined) failures = 0;
    if (result !== undefined && failures >= probe.failureThreshold) onFailing(result.message);
    await sleep(clock, probe.periodMs, signal);
  }
}

async function attemptOnce(
  { attempt, timeoutMs }: HealProbe,
  target: ProbeTarget,
  clock: Clock,
  signal: AbortSignal,
): Promise<ProbeResult | undefined> {
  const timeout = new AbortController();
  const timer = clock.setTimeout(
    () => timeout.abort(new Error(`no answer within ${timeoutMs} ms`)),
    timeoutMs,
  );
  const forget = onAbort(signal, () => timeout.abort(signal.reason));
  try {
    return await attempt(target, timeout.signal);
  } catch (error) {
    // Its time was up; anything else says nothing about the container.
    return timeout.signal.aborted ? { outcome: 'failure', message: errorMessage(error) } : undefined;
  } finally {
    clock.clearTimeout(timer);
    forget();
  }
}
