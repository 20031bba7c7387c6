import { fromPromise } from 'xstate';
import type { Clock, Random } from '../../contract/clock.ts';
import { sleep } from '../../engine/abortable.ts';
import { withDeadline } from '../../engine/deadline.ts';
import { type HeartbeatInput, type HeartbeatLogic, heartbeatMachine } from './heartbeat-machine.ts';

export interface HeartbeatSettings {
  /** How long a lease lasts: what its object says. */
  readonly leaseMs: number;
  /** Between two renewals. */
  readonly renewMs: number;
  /** How often the status is compared with the stored one. */
  readonly statusMs: number;
  /** How often the status is written although nothing has changed. */
  readonly reportMs: number;
}

export const defaultHeartbeat: HeartbeatSettings = {
  leaseMs: 40_000,
  renewMs: 10_000,
  statusMs: 10_000,
  reportMs: 300_000,
};

export interface HeartbeatPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: HeartbeatSettings;
  register(signal: AbortSignal): Promise<void>;
  ensureLease(signal: AbortSignal): Promise<void>;
  renewLease(signal: AbortSignal): Promise<void>;
  report(signal: AbortSignal): Promise<void>;
  isReportDue(): boolean;
  onRegistered(): void;
  /** `what`: `node`, `lease` or `status`. Must not throw. */
  onFailure(what: string, error: unknown): void;
}

/** client-go's lease controller and the kubelet's registration: from this pause, doubling to that. */
const leasePauseMs = { first: 200, max: 7000 };
const registerPauseMs = { first: 100, max: 7000 };
/** Up to so much is added to each period, so that nodes that started together do not beat together for ever. */
const jitter = 0.04;

/** The heartbeat machine of one node, bound to its store and to time. */
export function wireHeartbeat(ports: HeartbeatPorts): HeartbeatLogic {
  const { clock, random, settings } = ports;
  const spread = (ms: number) => Math.round(ms * (1 + random.next() * jitter));
  const bounded = (what: string, signal: AbortSignal, run: (signal: AbortSignal) => Promise<void>) =>
    withDeadline(clock, settings.renewMs, signal, what, run);
  const task = (what: string, run: (signal: AbortSignal) => Promise<void>) =>
    fromPromise<void, HeartbeatInput>(({ signal }) => bounded(what, signal, run));
  const renew = async (signal: AbortSignal): Promise<never> => {
    for (;;) {
      await sleep(clock, spread(settings.renewMs), signal);
      await bounded('renewing the lease', signal, (inner) => ports.renewLease(inner));
    }
  };
  const look = async (signal: AbortSignal): Promise<void> => {
    do await sleep(clock, spread(settings.statusMs), signal);
    while (!ports.isReportDue());
  };
  return heartbeatMachine.provide({
    actors: {
      register: task('registering the node', (signal) => ports.register(signal)),
      ensureLease: task('asking for the lease', (signal) => ports.ensureLease(signal)),
      renewLease: fromPromise<never, HeartbeatInput>(({ signal }) => renew(signal)),
      look: fromPromise<void, HeartbeatInput>(({ signal }) => look(signal)),
      report: task('reporting the status of the node', (signal) => ports.report(signal)),
    },
    guards: { isReportDue: () => ports.isReportDue() },
    delays: {
      registerPause: ({ context }) => doubled(registerPauseMs, context.failures),
      leasePause: ({ context }) => doubled(leasePauseMs, context.failures),
    },
    actions: {
      announceRegistration: () => ports.onRegistered(),
      announceFailure: (_, { what, error }) => ports.onFailure(what, error),
    },
  });
}

function doubled({ first, max }: { readonly first: number; readonly max: number }, failures: number): number {
  return Math.min(first * 2 ** Math.min(Math.max(failures - 1, 0), 30), max);
}
