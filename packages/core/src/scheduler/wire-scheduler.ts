import { fromPromise } from 'xstate';
import { type SchedulerFigures, type SchedulerLogic, schedulerMachine } from './scheduler-machine.ts';

export interface SchedulerPorts {
  /** Tries some pods. */
  turn(signal: AbortSignal): Promise<SchedulerFigures>;
  /** Can something be tried now? */
  hasReady(): boolean;
  /** Until the next back-off ends; `undefined` when there is none. */
  untilBackOffEndsMs(): number | undefined;
  wakeStale(): void;
  /** A turn failed as a whole. Must not throw. */
  report(error: unknown): void;
}

export function wireScheduler(ports: SchedulerPorts): SchedulerLogic {
  return schedulerMachine.provide({
    actors: { turn: fromPromise<SchedulerFigures>(({ signal }) => ports.turn(signal)) },
    delays: { untilBackOffEnds: () => ports.untilBackOffEndsMs() ?? 0 },
    guards: {
      hasReady: () => ports.hasReady(),
      hasBackOff: () => ports.untilBackOffEndsMs() !== undefined,
    },
    actions: {
      report: (_, { error }) => ports.report(error),
      wakeStale: () => ports.wakeStale(),
    },
  });
}
