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
import { onAbort } from '../engine/abortable.ts';
import type { ActorDirectory, DirectoryObserver } from '../engine/directory.ts';
import { keepTrying } from '../engine/keep-trying.ts';
import { onLaterFailure, refusePromise } from '../engine/later-failure.ts';
import { decodeEnvelope, type Envelope, sealEnvelope } from './envelope.ts';
import { snapshotView } from './snapshot-view.ts';
import { addressOfInbox, allInboxPatterns, inboxPatternsAt } from './subjects.ts';

export type QuestionDecoder = (
  address: string,
  question: unknown,
  answer: (data: object) => void,
) => Parsed<EventObject>;

export interface ActorGatewayOptions {
  readonly bus: Bus;
  readonly cluster: string;
  readonly clock: Clock;
  readonly random: Random;
  /** `ActorDirectory.lookup`. */
  readonly lookup: (address: string) => AnyActorRef | undefined;
  /** Decodes what a command carries into an event that the actor at this address takes from outside. */
  readonly decodeCommand: (address: string, event: unknown) => Parsed<EventObject>;
  /** The same for a question, which the actor answers once, when it knows. Without it there are no questions. */
  readonly decodeQuestion?: QuestionDecoder;
  /**
   * The actors of this process, where others may live elsewhere: mail is taken for their homes only, so that a request to
   * somebody who lives nowhere has no taker at all, and is answered at once. Without it this gateway serves everybody.
   */
  readonly directory?: Pick<ActorDirectory, 'observe'>;
  readonly signal: AbortSignal;
  readonly logger?: Logger;
}

/** Messages that wait for one depth of address. */
const pendingMax = 1024;
const retryMs = 30_000;

/** Serves the inboxes until the signal aborts. Active when it returns; the promise resolves at the end. */
export async function serveActors(options: ActorGatewayOptions): Promise<void> {
  const { cluster, signal, directory } = options;
  if (directory === undefined) {
    await serve(options, allInboxPatterns(cluster), signal);
    return;
  }
  const homes = new Homes((home, until) => serveHome(options, home, until));
  const forget = directory.observe(homes);
  await new Promise<void>((resolve) => onAbort(signal, resolve));
  forget();
  await homes.close();
}

/** Where the bus does not let us listen, whoever lives there lives on, and it is tried again. */
async function serveHome(options: ActorGatewayOptions, home: string, signal: AbortSignal): Promise<void> {
  const { cluster, clock, logger = silentLogger } = options;
  const onFailure = (err: unknown) =>
    logger.error({ key: home, err }, 'mail of an actor is not taken; trying again');
  await keepTrying({ clock, pauseMs: retryMs, signal, onFailure }, () =>
    serve(options, inboxPatternsAt(cluster, home), signal),
  );
}

/** Takes the mail of the patterns, from before it returns until the signal aborts: of all of them, or of none any more. */
async function serve(
  options: ActorGatewayOptions,
  patterns: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const ending = new AbortController();
  const forget = onAbort(signal, () => ending.abort());
  const read = async (messages: AsyncIterable<BusMessage>) => {
    for await (const message of messages) answer(options, message);
  };
  try {
    const wanted = { pendingMax, signal: ending.signal };
    const subscriptions = patterns.map((pattern) => {
      const messages = options.bus.subscribe(pattern, wanted);
      refusePromise(messages, 'subscribe of the bus');
      return messages;
    });
    await Promise.all(subscriptions.map(read));
  } finally {
    forget();
    ending.abort();
  }
}

/** Where mail is taken as long as somebody lives there. */
class Homes implements DirectoryObserver {
  private readonly open: (home: string, signal: AbortSignal) => Promise<void>;
  private readonly inhabited = new Map<string, { actors: number; readonly leave: () => Promise<void> }>();

  constructor(open: (home: string, signal: AbortSignal) => Promise<void>) {
    this.open = open;
  }

  onRegistered(address: string): void {
    const home = homeOf(address);
    const known = this.inhabited.get(home);
    if (known !== undefined) {
      known.actors += 1;
      return;
    }
    const controller = new AbortController();
    const served = this.open(home, controller.signal);
    const leave = async () => {
      controller.abort();
      await served;
    };
    this.inhabited.set(home, { actors: 1, leave });
  }

  onForgotten(address: string): void {
    const home = homeOf(address);
    const known = this.inhabited.get(home);
    if (known === undefined) return;
    known.actors -= 1;
    if (known.actors > 0) return;
    this.inhabited.delete(home);
    void known.leave();
  }

  async close(): Promise<void> {
    await Promise.all([...this.inhabited.values()].map(({ leave }) => leave()));
  }
}

/** All objects of one controller are looked after in one process; a pod's containers are where the pod is. */
function homeOf(address: string): string {
  const words = address.split('/');
  return words.slice(0, 2).join('/');
}

interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
}

function answer(options: ActorGatewayOptions, message: BusMessage): void {
  const { cluster, logger = silentLogger } = options;
  const address = addressOfInbox(cluster, message.subject) ?? '';
  const notSent = (err: unknown) => logger.debug({ key: address, err }, 'answer of an actor not sent');
  const reply = (type: 'reply' | 'error', data: unknown) => {
    const given: unknown = message.respond(sealEnvelope(options, { from: address, type, data }));
    onLaterFailure(given, notSent);
  };
  try {
    const actor = options.lookup(address);
    if (actor === undefined) {
      reply('error', { code: 'NO_SUCH_ACTOR', message: `no actor lives at ${address}` } satisfies Refusal);
      return;
    }
    const envelope = decodeEnvelope(message.data);
    if (!envelope.ok) reply('error', invalid(envelope.errors));
    else handle(options, { address, actor, envelope: envelope.value, reply });
  } catch (error) {
    // One message that cannot be handled must not end the service of all others.
    logger.error({ key: address, err: error }, 'message to an actor failed');
    sayWhy(options, address, reply, errorMessage(error));
  }
}

/** What failed may have been the answer itself, and then this one may fail as well. */
function sayWhy(
  { logger = silentLogger }: ActorGatewayOptions,
  address: string,
  reply: Mail['reply'],
  why: string,
): void {
  try {
    reply('error', { code: 'INVALID', message: why } satisfies Refusal);
  } catch (err) {
    logger.debug({ key: address, err }, 'answer of an actor not sent');
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
  if (envelope.type === 'question' && options.decodeQuestion !== undefined) {
    const question = options.decodeQuestion(address, envelope.data, answerLater(options, address, reply));
    if (question.ok) actor.send(question.value);
    else reply('error', invalid(question.errors));
    return;
  }
  if (envelope.type !== 'command') {
    const words = `unknown type of message ${JSON.stringify(envelope.type)}: must be "command", "question" or "snapshot"`;
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

/** By the time of the answer the connection may be gone, and whoever asked has given up. */
function answerLater(
  { logger = silentLogger }: ActorGatewayOptions,
  address: string,
  reply: Mail['reply'],
): (data: object) => void {
  return (data) => {
    try {
      reply('reply', data);
    } catch (err) {
      logger.debug({ key: address, err }, 'answer of an actor not sent');
    }
  };
}

function invalid(errors: readonly FieldError[]): Refusal {
  return { code: 'INVALID', message: errors.map(formatFieldError).join(', ') };
}
