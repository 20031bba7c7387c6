/** `moor heal`: restarts containers of an existing Docker host that are not well. */

import { createHealer } from '@mooring/runtime-docker';
import type { CommandContext } from '../command.ts';
import { runDaemon } from '../daemon/run-daemon.ts';
import { probers } from '../plugins.ts';

export async function runHeal(context: CommandContext): Promise<number> {
  const { settings, shell } = context;
  const { 'docker.host': host, 'heal.containers': containers, 'heal.label': label } = settings;
  return await runDaemon(context, async ({ logger, instruments }) => {
    const events = instruments.metrics.counter(
      'mooring_healer_events_total',
      'what the healer did, and what it could not',
      ['type'],
    );
    const healer = await createHealer({
      plugins: instruments.plugins(probers()),
      containers,
      clock: shell.clock,
      logger,
      onEvent: ({ type }) => events.inc({ type }),
      ...(host !== undefined && { host }),
      ...(label !== undefined && { label }),
    });
    const engine = { name: 'engine', check: () => healer.problem };
    return { what: 'the healer', checks: [engine], end: () => healer.close() };
  });
}
