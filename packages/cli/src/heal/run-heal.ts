/** `moor heal`: restarts containers of an existing Docker host that are not well. */

import { createHealer, type HealerEvent } from '@mooring/runtime-docker';
import type { CommandContext } from '../command.ts';
import { runDaemon } from '../daemon/run-daemon.ts';
import { probers } from '../plugins.ts';

export async function runHeal(context: CommandContext): Promise<number> {
  const { settings, shell, say, paint } = context;
  const { 'docker.host': host, 'heal.containers': containers, 'heal.label': label } = settings;
  return await runDaemon(context, async ({ logger, instruments }) => {
    const events = instruments.metrics.counter(
      'mooring_healer_events_total',
      'what the healer did, and what it could not',
      ['type'],
    );
    const onEvent = (event: HealerEvent) => {
      events.inc({ type: event.type });
      say(healLine(event, (words) => paint(event.type === 'restarted' ? 'waiting' : 'bad', words)));
    };
    const healer = await createHealer({
      plugins: instruments.plugins(probers()),
      containers,
      clock: shell.clock,
      logger,
      onEvent,
      ...(host !== undefined && { host }),
      ...(label !== undefined && { label }),
    });
    return { what: 'the healer', checks: [], end: () => healer.close() };
  });
}

function healLine(event: HealerEvent, paint: (words: string) => string): string {
  const head = `${event.container}: ${paint(event.type)}`;
  if (event.type === 'restarted') return `${head}: ${event.reason} (restart ${event.restartCount})`;
  return `${head}: ${event.message}`;
}
