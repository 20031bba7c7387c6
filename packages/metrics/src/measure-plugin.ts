/** Plugins whose work is timed: each attempt of a prober, each call to a runtime. */

import type {
  Clock,
  ContainerRuntime,
  Plugin,
  PluginRegistry,
  ProbeAttempt,
  Prober,
  RuntimeContext,
} from '@mooring/core';
import { codeOf, measured } from './measured.ts';
import type { Metrics } from './metrics.ts';

/**
 * `mooring_probe_seconds{handler}`, `mooring_probe_attempts_total{handler,outcome}`, `mooring_runtime_seconds{verb}`,
 * `mooring_runtime_errors_total{verb,code}`.
 */
export function measurePlugin(plugin: Plugin, metrics: Metrics, clock: Clock): Plugin {
  return {
    ...plugin,
    register(registry) {
      const measuring: PluginRegistry = {
        addController: (controller) => registry.addController(controller),
        addAdmission: (check) => registry.addAdmission(check),
        addProber: (prober) => registry.addProber(measureProber(prober, metrics, clock)),
        addRuntime: (name, factory) =>
          registry.addRuntime(name, async (context: RuntimeContext) =>
            measureRuntime(await factory(context), metrics, clock),
          ),
      };
      plugin.register(measuring);
    },
  };
}

function measureProber(prober: Prober, metrics: Metrics, clock: Clock): Prober {
  const durations = metrics.durations('mooring_probe_seconds', 'how long attempts of probes take', [
    'handler',
  ]);
  const attempts = metrics.counter('mooring_probe_attempts_total', 'attempts of probes', [
    'handler',
    'outcome',
  ]);
  const { handler, apiVersion, network } = prober;
  const timed =
    (attempt: ProbeAttempt): ProbeAttempt =>
    async (target, signal) => {
      const beganMs = clock.monotonicMs();
      let outcome = 'error';
      try {
        const result = await attempt(target, signal);
        ({ outcome } = result);
        return result;
      } finally {
        durations.observe({ handler }, (clock.monotonicMs() - beganMs) / 1000);
        attempts.inc({ handler, outcome: signal.aborted ? 'aborted' : outcome });
      }
    };
  return {
    apiVersion,
    handler,
    ...(network !== undefined && { network }),
    compile(raw, path) {
      const compiled = prober.compile(raw, path);
      return compiled.ok ? { ok: true, value: timed(compiled.value) } : compiled;
    },
  };
}

const verbs = [
  'ensureImage',
  'createSandbox',
  'removeSandbox',
  'createContainer',
  'startContainer',
  'stopContainer',
  'removeContainer',
  'inspectContainer',
  'listContainers',
  'exec',
] as const;

function measureRuntime(runtime: ContainerRuntime, metrics: Metrics, clock: Clock): ContainerRuntime {
  const durations = metrics.durations('mooring_runtime_seconds', 'how long calls to the runtime take', [
    'verb',
  ]);
  const errors = metrics.counter('mooring_runtime_errors_total', 'calls to the runtime that failed', [
    'verb',
    'code',
  ]);
  return measured(runtime, verbs, {
    nowMs: () => clock.monotonicMs(),
    observe(verb, seconds, outcome) {
      durations.observe({ verb }, seconds);
      if (!outcome.ok) errors.inc({ verb, code: codeOf(outcome.error) });
    },
  });
}
