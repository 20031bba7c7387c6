/**
 * Commands to an actor of another process and facts for whoever listens, in turn with the bare client and the same bytes.
 * Arguments: port of the server, rounds, commands of a round, facts of a round.
 */

import { connect } from 'nats';
import { median } from '../bench-result.ts';
import {
  createActorClient,
  createFactPublisher,
  createNatsBus,
  silentLogger,
  systemClock,
  systemRandom,
} from '../compiled-core.ts';
import { inTurn } from '../in-turn.ts';
import type { ActorMessages } from './actor-messages-report.ts';
import { actorAddress, bareSubject, cluster } from './actor-names.ts';
import { ready, report } from './conversation.ts';

const [port, rounds = 9, commands = 500, facts = 20_000] = process.argv.slice(2).map(Number);
const servers = `nats://127.0.0.1:${port}`;

const bus = await createNatsBus({ servers, clock: systemClock, logger: silentLogger });
const bare = await connect({ servers, noAsyncTraces: true });
const parts = { bus, cluster, clock: systemClock, random: systemRandom };
const client = createActorClient({ ...parts, from: 'client/bench' });
const publishFact = createFactPublisher(parts).of(actorAddress);

const exited = {
  exitCode: 137,
  signal: 'SIGKILL',
  reason: 'Error',
  cause: 'exit',
  restartCount: 3,
  uptimeMs: 61_234,
};
const command = {
  v: 1,
  id: systemRandom.uuid(),
  at: Date.now(),
  from: 'client/bench',
  type: 'command',
  data: { type: 'probe.run-now' },
};
const fact = {
  v: 1,
  id: systemRandom.uuid(),
  at: Date.now(),
  from: actorAddress,
  type: 'container.exited',
  data: exited,
};
const commandText = JSON.stringify(command);
const factText = JSON.stringify(fact);
const factSubject = bareSubject.replace('.inbox', '.facts.exited');

await ready();
const roundTrip = await inTurn(rounds, {
  ours: () => medianMicros(() => client.send(actorAddress, { type: 'probe.run-now' })),
  floor: () => medianMicros(() => bare.request(bareSubject, commandText)),
});
const publishing = await inTurn(rounds, {
  ours: () =>
    micros(
      () => publishFact('container.exited', exited),
      () => bus.flush(),
    ),
  floor: () =>
    micros(
      () => bare.publish(factSubject, factText),
      () => bare.flush(),
    ),
});
if (bus.stats().unsent > 0) throw new Error('facts were not sent');
report({ roundTrip, publishing, factBytes: factText.length } satisfies ActorMessages);

/** Of one call after the other. */
async function medianMicros(call: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < commands; i += 1) {
    const beganMs = performance.now();
    await call();
    times.push((performance.now() - beganMs) * 1000);
  }
  return median(times);
}

/** Of one, until the server has taken all of them. */
async function micros(publish: () => void, flush: () => Promise<void>): Promise<number> {
  const beganMs = performance.now();
  for (let i = 0; i < facts; i += 1) publish();
  await flush();
  return ((performance.now() - beganMs) * 1000) / facts;
}
