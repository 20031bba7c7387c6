/** Messages between actors of two processes over NATS, in turn with the bare client. */

import type { BenchResult } from './bench-result.ts';
import type { ActorMessages } from './children/actor-messages-report.ts';
import { withNatsServer } from './nats-server.ts';
import { runChild } from './run-child.ts';
import { startTarget } from './targets/start-target.ts';

const rounds = 15;
const commands = 500;
const facts = 20_000;
const roundTripRatioMax = 1.5;
/** At least half of the rate. */
const rateFloorRatioMax = 2;

export function run(): Promise<readonly BenchResult[]> {
  return withNatsServer('nats-messages', measure);
}

async function measure(port: number): Promise<readonly BenchResult[]> {
  const host = await startTarget('actor-host.ts', [port]);
  try {
    const { roundTrip, publishing, factBytes } = await runChild<ActorMessages>([
      'actor-messages',
      port,
      rounds,
      commands,
      facts,
    ]);
    return [
      {
        name: 'command to an actor of another process over NATS, until it is answered',
        ...roundTrip,
        unit: 'µs',
        limit: roundTripRatioMax,
        note: `floor: request and answer of the bare client, as many bytes; median of ${rounds} rounds of ${commands}, in turn`,
      },
      {
        name: `publishing a fact of ${factBytes} bytes over NATS`,
        ...publishing,
        unit: 'µs',
        limit: rateFloorRatioMax,
        note: `${Math.round(1e6 / publishing.ours)} a second; floor: publish of the bare client, the text ready made, ${Math.round(1e6 / publishing.floor)} a second`,
      },
    ];
  } finally {
    host.disconnect();
  }
}
