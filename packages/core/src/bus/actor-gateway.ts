/**
 * The door between the bus and the actors of this process: takes commands and questions that are addressed to an actor,
 * checks them, and answers. The other side is `actor-client.ts`.
 */

import type { AnyActorRef, EventObject } from 'xstate';
import { type FieldError, formatFieldError, type Parsed } from '../api/field-error.ts';
import type { Bus, BusMessage } from '../contract/bus.ts';
import type { Clock, Random } from '../contract/clock.ts';
import { type ErrorCode, errorMessage } from '../contract/error.ts';
import { type Logger, silentLogger } from '../contract/logger.ts';
import { decodeEnvelope, type Envelope, sealEnvelope } from './envelope.ts';
import { snapshotView } from './snapshot-view.ts';
import { addressOfInbox, allInboxPatterns } from './subjects.ts';

export interface ActorGatewayOptions {
  readonly bus: Bus;
  readonly cluster: string;
  readonly clock: Clock;
  readonly random: Random;
  /** `ActorDirectory.lookup`. */
  readonly lookup: (address: string) => AnyActorRef | undefined;
  /** Decodes what a command carries into an event that the actor at this address takes from outside. */
  readonly decodeCommand: (address: string, event: unknown) => Parsed<EventObject>;
  /**
   * What to do with mail for an address that nobody has here. `refuse` answers `NO_SUCH_ACTOR` and is right where this
   * gateway serves the whole cluster; `ignore` leaves the answer to the gateway of another host.
   */
  readonly unknownAddress?: 'refuse' | 'ignore';
  readonly signal: AbortSignal;
  readonly logger?: Logger;
}

/** Messages that wait for one depth of address. */
const pendingMax = 1024;

/** Serves the inboxes until the signal aborts. Active when it returns; the promise resolves at the end. */
export function serveActors(options: ActorGatewayOptions): Promise<void> {
  const { bus, cluster, signal } = options;
  const inboxes = allInboxPatterns(cluster).map((pattern) => bus.subscribe(pattern, { pendingMax, signal }));
  const serve = async (messages: AsyncIterable<BusMessage>) => {
    for await (const message of messages) answer(options, message);
  };
  return Promise.all(inboxes.map(serve)).then(() => {});
}

interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
}

function answer(options: ActorGatewayOptions, message: BusMessage): void {
  const { cluster, logger = silentLogger } = options;
  const address = addressOfInbox(cluster, message.subject) ?? '';
  const reply = (type: 'reply' | 'error', data: unknown) =>
    message.respond(sealEnvelope(options, { from: address, type, data }));
  try {
    const actor = options.lookup(address);
    if (actor === undefined) {
      if (options.unknownAddress === 'ignore') return;
      reply('error', { code: 'NO_SUCH_ACTOR', message: `no actor lives at ${address}` } satisfies Refusal);
      return;
    }
    const envelope = decodeEnvelope(message.data);
    if (!envelope.ok) reply('error', invalid(envelope.errors));
    else handle(options, { address, actor, envelope: envelope.value, reply });
  } catch (error) {
    // One message that cannot be handled must not end the service of all others.
    logger.error({ key: address, err: error }, 'message to an actor failed');
    reply('error', { code: 'INVALID', message: errorMessage(error) } satisfies Refusal);
  }
}

interface Mail {
  readonly address: string;
  readonly actor: AnyActorRef;
  readonly envelope: Envelope;
  reply(type: 'reply' | 'error', data: unknown): void;
}

function handle(options: ActorGatewayOptions, mail: Mail): void {
  const { address, actor, envelope, reply } = mail;
  if (envelope.type === 'snapshot') {
    reply('reply', snapshotView(actor.getSnapshot()));
    return;
  }
  if (envelope.type !== 'command') {
    const words = `unknown type of message ${JSON.stringify(envelope.type)}: must be "command" or "snapshot"`;
    reply('error', { code: 'INVALID', message: words } satisfies Refusal);
    return;
  }
  const event = options.decodeCommand(address, envelope.data);
  if (!event.ok) {
    reply('error', invalid(event.errors));
    return;
  }
  actor.send(event.value);
  reply('reply', {});
}

function invalid(errors: readonly FieldError[]): Refusal {
  return { code: 'INVALID', message: errors.map(formatFieldError).join(', ') };
}
