/** What goes over a bus, and the facts that this process tells: those of others are theirs to count. */

import type { Bus, Clock } from '@mooring/core';
import { codeOf, measured } from './measured.ts';
import type { Metrics } from './metrics.ts';

/**
 * `mooring_bus_request_seconds`, `mooring_bus_request_errors_total{code}`, `mooring_bus_messages_total`, and what facts say of
 * containers and probes.
 */
export function measureBus(bus: Bus, metrics: Metrics, clock: Clock): Bus {
  const durations = metrics.durations('mooring_bus_request_seconds', 'how long requests over the bus take');
  const errors = metrics.counter('mooring_bus_request_errors_total', 'requests that failed', ['code']);
  const messages = metrics.counter('mooring_bus_messages_total', 'messages that were published');
  const noteFact = factCounters(metrics);
  const timed = measured(bus, ['request'], {
    nowMs: () => clock.monotonicMs(),
    observe(_, seconds, outcome) {
      durations.observe(seconds);
      if (!outcome.ok) errors.inc({ code: codeOf(outcome.error) });
    },
  });
  return new Proxy(timed, {
    get(target, key) {
      if (key === 'listening')
        return (subject: string) => isCounted(subject) || bus.listening?.(subject) !== false;
      const value: unknown = Reflect.get(target, key);
      if (key !== 'publish') return value;
      return (subject: string, data: unknown) => {
        messages.inc();
        if (isCounted(subject)) noteFact(data);
        // Built for the count alone, it need not be sent.
        if (bus.listening?.(subject) !== false) bus.publish(subject, data);
      };
    },
  });
}

const counted = ['exited', 'started', 'backing-off', 'unhealthy', 'killing'];

/** `mooring.v1.<cluster>.actor.pod.<uid>.container.<name>.facts.exited` */
function isCounted(subject: string): boolean {
  return subject.includes('.actor.pod.') && counted.some((fact) => subject.endsWith(`.facts.${fact}`));
}

function factCounters(metrics: Metrics): (envelope: unknown) => void {
  const starts = metrics.counter('mooring_container_starts_total', 'containers that were started');
  const restarts = metrics.counter(
    'mooring_container_restarts_total',
    'starts that were not the first of their container',
  );
  const exits = metrics.counter('mooring_container_exits_total', 'containers that ended', ['reason']);
  const kills = metrics.counter('mooring_container_kills_total', 'containers that were told to stop');
  const backOffs = metrics.counter(
    'mooring_container_back_offs_total',
    'waits before a container is started again',
  );
  const failures = metrics.counter('mooring_probe_failures_total', 'probes that did not succeed', [
    'probe',
    'outcome',
  ]);
  return (envelope) => {
    const { type, data } = envelope as { readonly type?: unknown; readonly data?: unknown };
    const of = (data ?? {}) as Readonly<Record<string, unknown>>;
    const text = (key: string) => String(of[key] ?? '');
    if (type === 'container.started') {
      starts.inc();
      if (Number(of['restartCount']) > 0) restarts.inc();
    } else if (type === 'container.exited') exits.inc({ reason: text('reason') });
    else if (type === 'container.killing') kills.inc();
    else if (type === 'container.backing-off') backOffs.inc();
    else if (type === 'probe.unhealthy') failures.inc({ probe: text('probe'), outcome: text('outcome') });
  };
}
