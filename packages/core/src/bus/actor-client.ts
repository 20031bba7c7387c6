/** Speaks to any actor of the cluster by its address, wherever it runs. */

import type { Bus } from '../contract/bus.ts';
import type { Clock, Random } from '../contract/clock.ts';
import { hasCode, MooringError } from '../contract/error.ts';
import { decodeEnvelope, type Envelope, sealEnvelope } from './envelope.ts';
import { inboxSubject } from './subjects.ts';
import { fromWireError } from './wire-error.ts';

/** How long an answer of an actor is waited for. */
export interface ActorRequestOptions {
  /** 5 s when not given. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** All reject with `NO_SUCH_ACTOR`, with `DEADLINE_EXCEEDED`, or with `INVALID` for what the actor does not take. */
export interface ActorClient {
  /** Resolves when the command lies in the actor's mailbox: what comes of it is told by facts. */
  send(address: string, event: { readonly type: string }, options?: ActorRequestOptions): Promise<void>;
  /** A `SnapshotView` of the actor. */
  snapshot(address: string, options?: ActorRequestOptions): Promise<unknown>;
  /** Resolves with what the actor answers when it knows. */
  ask(address: string, question: object, options?: ActorRequestOptions): Promise<unknown>;
}

export function createActorClient(client: {
  readonly bus: Bus;
  readonly cluster: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Who asks; goes into the envelope. */
  readonly from: string;
}): ActorClient {
  const ask = async (address: string, type: string, data: unknown, options: ActorRequestOptions = {}) => {
    const { timeoutMs = 5000, signal } = options;
    const envelope = sealEnvelope(client, { from: client.from, type, data });
    const subject = inboxSubject(client.cluster, address);
    try {
      const answer = await client.bus.request(subject, envelope, {
        timeoutMs,
        ...(signal === undefined ? {} : { signal }),
      });
      return readAnswer(answer.data);
    } catch (error) {
      if (!hasCode(error, 'NO_RESPONDERS')) throw error;
      throw new MooringError('NO_SUCH_ACTOR', `no actor lives at ${address}`, { cause: error });
    }
  };
  return {
    send: async (address, event, options) => void (await ask(address, 'command', event, options)),
    snapshot: (address, options) => ask(address, 'snapshot', {}, options),
    ask: (address, question, options) => ask(address, 'question', question, options),
  };
}

function readAnswer(raw: unknown): unknown {
  const decoded = decodeEnvelope(raw);
  if (!decoded.ok) throw new MooringError('INVALID', 'the answer of the actor cannot be read');
  const envelope: Envelope = decoded.value;
  if (envelope.type !== 'error') return envelope.data;
  throw fromWireError(envelope.data);
}
