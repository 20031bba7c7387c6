/** A process with one actor that takes commands over NATS, and a bare subscription that answers as many bytes. Argument: port. */

import { connect } from 'nats';
import { createActor, createMachine } from 'xstate';
import { actorAddress, bareSubject, cluster } from '../children/actor-names.ts';
import { createNatsBus, serveActors, silentLogger, systemClock, systemRandom } from '../compiled-core.ts';

const servers = `nats://127.0.0.1:${process.argv[2]}`;
const bus = await createNatsBus({ servers, clock: systemClock, logger: silentLogger });
const actor = createActor(createMachine({})).start();
void serveActors({
  bus,
  cluster,
  clock: systemClock,
  random: systemRandom,
  lookup: (address) => (address === actorAddress ? actor : undefined),
  decodeCommand: () => ({ ok: true, value: { type: 'probe.run-now' } }),
  signal: new AbortController().signal,
});
const answer = JSON.stringify({
  v: 1,
  id: systemRandom.uuid(),
  at: Date.now(),
  from: actorAddress,
  type: 'reply',
  data: {},
});
const bare = await connect({ servers, noAsyncTraces: true });
bare.subscribe(bareSubject, { callback: (_, message) => message.respond(answer) });
await Promise.all([bus.flush(), bare.flush()]);
process.send?.('up');
process.once('disconnect', () => process.exit());
