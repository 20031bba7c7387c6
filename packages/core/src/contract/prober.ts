/**
 * What a probe plugin implements: one attempt. Period, timeout, thresholds, gating, retries and events
 * are the host's work and the same for every handler.
 */

import type { FieldPath, Parsed } from '../api/field-error.ts';
import type { IntOrString } from '../api/pod.ts';
import type { ExecResult } from './container-runtime.ts';
import { MooringError } from './error.ts';

/** What an attempt saw. */
export type ProbeOutcome = 'success' | 'warning' | 'failure';

/** The answer of one attempt. */
export interface ProbeResult {
  /** `warning` counts as success and is reported in an event. */
  readonly outcome: ProbeOutcome;
  /** Goes into the event; keep secrets and response bodies out of it. */
  readonly message: string;
}

/** What an attempt may know about the container it looks at. */
export interface ProbeTarget {
  /** The pod's IP: the host of every network probe that names none. */
  readonly podIP: string;
  readonly podUID: string;
  readonly podName: string;
  readonly namespace: string;
  readonly containerName: string;
  readonly containerID: string;
  /** The probe's `timeoutSeconds`, for messages; the host aborts `signal` when it is over. */
  readonly timeoutMs: number;
  /**
   * The number of a port given as number or name. Names are looked up in the ports of the same container,
   * then tried as a number. Throws when neither works: the attempt then counts as an error, not a failure.
   */
  resolvePort(port: IntOrString): number;
  /** `$(NAME)` expansion with the container's static environment. */
  expand(words: readonly string[]): readonly string[];
  /** Runs a command in the container; the process is killed when `signal` aborts. */
  exec(
    command: readonly string[],
    options: { readonly outputBytesMax: number },
    signal: AbortSignal,
  ): Promise<ExecResult>;
}

/**
 * Resolve with what was seen. Reject when the attempt could not be carried out: the result is thrown away and
 * changes nothing (the kubelet's rule). A rejection with `signal.reason` after the host's timeout counts as failure.
 * Laws: no handle stays open after it settles; it settles within 50 ms of an abort.
 */
export type ProbeAttempt = (target: ProbeTarget, signal: AbortSignal) => Promise<ProbeResult>;

/** A probe handler as the host uses it. Written with `defineProber`. */
export interface Prober {
  readonly apiVersion: 'prober/v1';
  /** The key in a probe: `httpGet`, `tcpSocket`, `exec`, `redisPing`. */
  readonly handler: string;
  /**
   * An attempt needs nothing of the container but `podIP` and ports, so that it can be made on another node: there `exec`
   * rejects. Without it the handler is refused for probes from elsewhere.
   */
  readonly network?: boolean;
  /** Checks the raw value under the handler's key and binds it once; all mistakes at a time, with their paths. */
  compile(raw: unknown, path: FieldPath): Parsed<ProbeAttempt>;
}

/** What an author of a prober writes. */
export interface ProberDefinition<Config> {
  readonly handler: string;
  /** As in `Prober`. */
  readonly network?: boolean;
  /** Decodes the raw value under the handler's key. */
  parse(raw: unknown, path: FieldPath): Parsed<Config>;
  /** One attempt. */
  probe(config: Config, target: ProbeTarget, signal: AbortSignal): Promise<ProbeResult>;
}

/**
 * A prober from the two things an author cares about: how its settings are read, and what one attempt does. Throws
 * `PLUGIN_INVALID` when one of them is missing.
 */
export function defineProber<Config>(definition: ProberDefinition<Config>): Prober {
  for (const part of ['parse', 'probe'] as const) {
    // Else it would fail with each object and each attempt only.
    if (typeof definition?.[part] === 'function') continue;
    const words = `defineProber of ${JSON.stringify(definition?.handler)}: ${part} must be a function`;
    throw new MooringError('PLUGIN_INVALID', words);
  }
  return {
    apiVersion: 'prober/v1',
    handler: definition.handler,
    ...(definition.network === true && { network: true }),
    compile(raw, path) {
      const parsed = definition.parse(raw, path);
      // What is neither is for the host to refuse.
      if (!parsed?.ok) return parsed;
      const config = parsed.value;
      return { ok: true, value: (target, signal) => definition.probe(config, target, signal) };
    },
  };
}
