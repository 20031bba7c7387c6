/**
 * Tells systemd how a service of `Type=notify` is, by its program `systemd-notify`: Node has no sockets of the kind that
 * systemd listens on. Without `NOTIFY_SOCKET` in the environment nothing happens.
 */

import { execFile } from 'node:child_process';
import { type Clock, errorMessage, type Logger, type TimerHandle } from '@mooring/core';
import type { Environment } from '../shell.ts';

export interface SystemdNotifier {
  /** It works from now on; pings of its watchdog begin. */
  ready(status: string): Promise<void>;
  /** It is about to end, within so long where that is known; no more pings. */
  stopping(endMsMax?: number): Promise<void>;
}

export interface NotifierOptions {
  readonly env: Environment;
  readonly pid: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

const silent: SystemdNotifier = { ready: async () => undefined, stopping: async () => undefined };

export function systemdNotifier(options: NotifierOptions): SystemdNotifier {
  const { env, clock } = options;
  if ((env['NOTIFY_SOCKET'] ?? '') === '') return silent;
  const everyMs = watchdogMs(options);
  let timer: TimerHandle | undefined;
  let isStopping = false;
  // From the main loop: one that hangs pings no more.
  const ping = () => {
    if (everyMs === undefined || isStopping) return;
    timer = clock.setTimeout(() => void send(options, ['WATCHDOG=1']).then(ping), everyMs);
  };
  return {
    async ready(status) {
      await send(options, ['READY=1', `STATUS=${status}`]);
      ping();
    },
    async stopping(endMsMax) {
      isStopping = true;
      clock.clearTimeout(timer);
      // Where its own limit is longer, systemd keeps to that.
      const extension = endMsMax === undefined ? [] : [`EXTEND_TIMEOUT_USEC=${Math.ceil(endMsMax) * 1000}`];
      await send(options, ['STOPPING=1', 'STATUS=stopping', ...extension]);
    },
  };
}

/** Half of what systemd allows; `undefined` where it does not watch this process. */
export function watchdogMs({ env, pid }: Pick<NotifierOptions, 'env' | 'pid'>): number | undefined {
  const allowedUs = Number(env['WATCHDOG_USEC'] ?? Number.NaN);
  const isForUs = env['WATCHDOG_PID'] === undefined || env['WATCHDOG_PID'] === String(pid);
  return isForUs && allowedUs > 0 ? Math.max(1, Math.floor(allowedUs / 2000)) : undefined;
}

const sendMsMax = 5000;

/** Never rejects: what systemd does not hear of must not end what works. */
function send({ env, pid, logger }: NotifierOptions, assignments: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const options = { timeout: sendMsMax, env: { ...env } };
    execFile('systemd-notify', [`--pid=${pid}`, ...assignments], options, (err) => {
      if (err !== null)
        logger.warn({ component: 'systemd', err: errorMessage(err) }, 'systemd could not be told');
      resolve();
    });
  });
}
