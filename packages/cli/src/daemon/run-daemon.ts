/** What all daemons have in common: health and metrics, systemd, and an end that leaves nothing half done. */

import type { Logger } from '@mooring/core';
import { errorMessage } from '@mooring/core/words';
import { type HealthCheck, type HealthServer, serveHealth } from '@mooring/metrics';
import type { CommandContext } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { interruptedCode } from '../interrupts.ts';
import { UserError } from '../user-error.ts';
import { createInstruments, type Instruments } from './instruments.ts';
import { systemdNotifier } from './notify-systemd.ts';

export interface DaemonTools {
  readonly logger: Logger;
  readonly instruments: Instruments;
}

/** What runs. */
export interface Service {
  /** `agent of node web-1`; for people and for systemd. */
  readonly what: string;
  readonly checks: readonly HealthCheck[];
  /** Rejects when it cannot go on; never resolves. */
  readonly failure?: Promise<never>;
  /** How long its end may take, ms, where that may be longer than usual. Never rejects. */
  endMsMax?(): Promise<number | undefined>;
  /** A clean stop. */
  end(): Promise<void>;
}

/** Until it is interrupted. A clean stop is what was asked for: it ends with 0. */
export async function runDaemon(
  context: CommandContext,
  start: (tools: DaemonTools) => Promise<Service>,
): Promise<number> {
  const { shell, settings, say } = context;
  const { gentle, hard } = shell.interrupts;
  const tools = { logger: await context.log('info'), instruments: createInstruments(shell.clock) };
  const service = await Promise.race([start(tools), aborted(gentle)]);
  if (service === undefined) return interruptedCode(shell.interrupts);
  const notifier = systemdNotifier({
    env: shell.env,
    pid: process.pid,
    clock: shell.clock,
    logger: tools.logger,
  });
  let health: HealthServer | undefined;
  try {
    health = await openHealth(settings.listen, tools, service);
    if (health !== undefined) say(`health and metrics: ${health.url}/readyz, ${health.url}/metrics`);
    say(`${service.what} is up`);
    await notifier.ready(`${service.what} is up`);
    await Promise.race([aborted(gentle), service.failure ?? aborted(gentle)]);
    return exitCodes.ok;
  } finally {
    await notifier.stopping(await service.endMsMax?.());
    await Promise.race([service.end(), aborted(hard)]);
    await health?.[Symbol.asyncDispose]();
  }
}

async function openHealth(
  listen: string | undefined,
  { instruments: { metrics } }: DaemonTools,
  { checks }: Service,
): Promise<HealthServer | undefined> {
  if (listen === undefined) return undefined;
  try {
    return await serveHealth({ listen, metrics, checks });
  } catch (error) {
    // As for the API: whoever has the address may give it back.
    throw new UserError(`listen: ${errorMessage(error)}`, {
      exitCode: exitCodes.unavailable,
      next: 'It is set with --listen, MOOR_LISTEN or `listen` in the file.',
    });
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
