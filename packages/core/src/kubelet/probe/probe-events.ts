import type { ProbeRunResult } from './run-probe.ts';
import type { ProbeType } from './settings.ts';

export interface ProbeEventText {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

export const probeTitles: Readonly<Record<ProbeType, string>> = {
  liveness: 'Liveness',
  readiness: 'Readiness',
  startup: 'Startup',
};

/** The event of one probe, in the words of Kubernetes 1.36; a success has none. One for each probe, not for each retry. */
export function probeEvent(
  type: ProbeType,
  result: Pick<ProbeRunResult, 'kind' | 'message'>,
): ProbeEventText | undefined {
  const { kind, message } = result;
  switch (kind) {
    case 'success':
      return undefined;
    case 'warning':
      return event('ProbeWarning', `${probeTitles[type]} probe warning: ${message}`);
    case 'failure':
      return event('Unhealthy', `${probeTitles[type]} probe failed: ${message}`);
    case 'error':
      return event(
        'Unhealthy',
        `${probeTitles[type]} probe errored and resulted in unknown state: ${message}`,
      );
  }
}

function event(reason: 'Unhealthy' | 'ProbeWarning', message: string): ProbeEventText {
  return { type: 'Warning', reason, message };
}
