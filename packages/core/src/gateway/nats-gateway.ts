/** The gateway on NATS: what isolated agents ask comes in from their accounts, and what they watch goes out to them. */

import type { Msg, NatsConnection, Subscription } from 'nats';
import type { ProbeHandlers } from '../api/validate-probe.ts';
import type { Bus } from '../contract/bus.ts';
import type { Clock, Random } from '../contract/clock.ts';
import { errorMessage } from '../contract/error.ts';
import type { Logger } from '../contract/logger.ts';
import type { Store } from '../contract/store.ts';
import { withDeadline } from '../engine/deadline.ts';
import { ActorRelay } from './actor-relay.ts';
import { type Answer, requestBytesMax } from './gateway-protocol.ts';
import {
  clusterHeader,
  clusterWord,
  inboxPrefixOf,
  parseApiSubject,
  streamSubject,
} from './gateway-subjects.ts';
import { createNodePolicy, type NodePolicy } from './node-policy.ts';
import { ProbeDesk } from './probe-desk.ts';
import { StoreGateway } from './store-gateway.ts';

export interface NatsGatewayOptions {
  /** Of a user in the account of the control plane. Stays the caller's. */
  readonly connection: NatsConnection;
  readonly store: Store;
  readonly bus: Bus;
  /** Name of the cluster. */
  readonly cluster: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Probe handlers that static pods of agents may use. */
  readonly handlers?: ProbeHandlers;
  readonly policy?: NodePolicy;
  readonly heartbeatMs?: number;
}

/** What a gateway has turned away since it was opened. */
export interface NatsGatewayStats {
  /** Requests whose answers were to go where their node has no business. */
  readonly forgedReplies: number;
  /** Messages that could not be read, and expected no answer. */
  readonly unreadable: number;
  /** Facts of actors, and frames of streams, that are not the node's own. */
  readonly foreignFacts: number;
}

/** The door through which isolated nodes reach the store of their control plane. */
export interface NatsGateway extends AsyncDisposable {
  stats(): NatsGatewayStats;
}

/** Of several gateways of one cluster, one takes each of these. */
const shared = ['get', 'list', 'create', 'update', 'delete', 'watch', 'fact', 'probe', 'stream'];

/** Names of other clusters that are told of. */
const othersMax = 16;

/** About what one of them knows: all hear it. */
const everybodys = ['confirm', 'unwatch', 'answer'];

/** Of answering what was asked before the end. */
const farewellMsMax = 2000;

/** Serves until it is disposed: what was asked before is answered first, and other gateways take what comes. */
export function serveNatsGateway(options: NatsGatewayOptions): NatsGateway {
  return new Door(options);
}

class Door implements NatsGateway {
  private readonly options: NatsGatewayOptions;
  private readonly controller = new AbortController();
  private readonly gateway: StoreGateway;
  private readonly relay: ActorRelay;
  private readonly probes: ProbeDesk;
  private readonly counts = { forgedReplies: 0, unreadable: 0, foreignFacts: 0 };
  private readonly running: Promise<void>;
  private readonly subscriptions: readonly Subscription[];
  /** What is being answered. */
  private readonly handling = new Set<Promise<void>>();
  /** Clusters whose agents were heard, and told of in the log. */
  private readonly others = new Set<string>();

  constructor(options: NatsGatewayOptions) {
    this.options = options;
    const { connection, cluster, policy, handlers, heartbeatMs } = options;
    const { signal } = this.controller;
    const tell = (node: string, id: string, data: unknown) => this.tell(node, id, data);
    this.gateway = new StoreGateway({
      ...options,
      policy: policy ?? createNodePolicy(handlers === undefined ? {} : { handlers }),
      ...(heartbeatMs !== undefined && { heartbeatMs }),
      signal,
      tell,
    });
    this.relay = new ActorRelay({ ...options, views: this.gateway.views, signal, tell });
    this.probes = new ProbeDesk({ ...options, views: this.gateway.views, signal });
    this.running = this.gateway.run();
    const callback = (error: unknown, message: Msg) => {
      // Without the right to listen nobody is served; the log of the connection tells it too.
      if (error !== null)
        this.options.logger.error({ component: 'gateway', err: error }, 'gateway hears nothing');
      else this.hear(message);
    };
    const queue = `gateway-${clusterWord(cluster)}`;
    this.subscriptions = [
      ...shared.map((verb) => connection.subscribe(`api.node.*.${verb}`, { queue, callback })),
      ...everybodys.map((verb) => connection.subscribe(`api.node.*.${verb}`, { callback })),
    ];
  }

  stats(): NatsGatewayStats {
    return { ...this.counts };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { clock, logger } = this.options;
    try {
      const finish = () => this.finish();
      await withDeadline(clock, farewellMsMax, undefined, 'answering what agents have asked', finish);
    } catch (err) {
      // They ask again.
      logger.warn({ component: 'gateway', err }, 'agents are left without answers');
    }
    this.controller.abort();
    await this.running;
  }

  private async finish(): Promise<void> {
    // A connection that is closed already hears nothing any more.
    await Promise.allSettled(this.subscriptions.map(async (one) => await one.drain()));
    await Promise.allSettled(this.handling);
  }

  private hear(message: Msg): void {
    const asked = parseApiSubject(message.subject);
    if (asked === undefined || this.controller.signal.aborted || !this.isMeant(message)) return;
    const { node, verb } = asked;
    if (!isOwnReply(node, message.reply)) {
      this.counts.forgedReplies += 1;
      this.warn('forged reply subject; request dropped', node, this.counts.forgedReplies);
      return;
    }
    this.relay.follow(node);
    const handled = this.handle(node, verb, message)
      .catch((err: unknown) => {
        this.counts.unreadable += 1;
        this.warn(`message cannot be handled: ${errorMessage(err)}`, node, this.counts.unreadable);
      })
      .finally(() => this.handling.delete(handled));
    this.handling.add(handled);
  }

  /** Another cluster may share the account, and its gateway hears this too. */
  private isMeant({ headers }: Msg): boolean {
    const said = headers?.get(clusterHeader) ?? '';
    const { cluster, logger } = this.options;
    if (said === '' || said === clusterWord(cluster)) return true;
    if (!this.others.has(said) && this.others.size < othersMax) {
      this.others.add(said);
      const fields = { component: 'gateway', cluster, other: said };
      logger.warn(fields, 'agents of another cluster ask here too; they are left to its own gateway');
    }
    return false;
  }

  private async handle(node: string, verb: string, message: Msg): Promise<void> {
    if (message.data.byteLength > requestBytesMax) {
      const words = `${message.data.byteLength} bytes: at most ${requestBytesMax}`;
      respond(message, { error: { code: 'VALUE_TOO_LARGE', message: words } });
      return;
    }
    let data: unknown;
    try {
      data = JSON.parse(message.string());
    } catch {
      // The parser's words quote the input, which is not ours to print.
      respond(message, { error: { code: 'INVALID', message: 'must be JSON' } });
      if (message.reply) return;
      this.counts.unreadable += 1;
      this.warn('message is no JSON; dropped', node, this.counts.unreadable);
      return;
    }
    if (verb === 'fact') {
      if (await this.relay.fact(node, data)) return;
      this.counts.foreignFacts += 1;
      this.warn('fact of an actor that is not its own; dropped', node, this.counts.foreignFacts);
    } else if (verb === 'stream') {
      if (this.relay.stream(node, data)) return;
      this.counts.foreignFacts += 1;
      this.warn('frame of a stream that is not its own; dropped', node, this.counts.foreignFacts);
    } else if (verb === 'answer') {
      this.relay.answer(node, data);
    } else if (verb === 'probe') {
      respond(message, await this.probes.answer(node, data));
    } else if (everybodys.includes(verb)) {
      this.gateway.note(node, verb, data);
    } else {
      respond(message, await this.gateway.answer(node, verb, data));
    }
  }

  private tell(node: string, id: string, data: unknown): void {
    const { connection, logger } = this.options;
    if (connection.isClosed()) return;
    try {
      connection.publish(streamSubject(node, id), JSON.stringify(data));
    } catch (err) {
      // The agent sees the gap and asks again.
      logger.warn({ component: 'gateway', node, err }, 'message not sent');
    }
  }

  /** At the 1st, 2nd, 4th, 8th...: whoever floods us is not to flood the log. */
  private warn(words: string, node: string, count: number): void {
    if (Math.log2(count) % 1 === 0) this.options.logger.warn({ component: 'gateway', node, count }, words);
  }
}

/**
 * Across accounts the servers replace the reply subject by one of their own, `_R_.`; within one account an agent gets its
 * answers in its own inbox. Anything else would make us write where the node may not.
 */
function isOwnReply(node: string, reply: string | undefined): boolean {
  return !reply || reply.startsWith('_R_.') || reply.startsWith(`${inboxPrefixOf(node)}.`);
}

function respond(message: Msg, answer: Answer): void {
  if (!message.reply) return;
  const text = JSON.stringify(answer);
  const isFitting = Buffer.byteLength(text) <= answerBytesMax;
  const tooLarge: Answer = {
    error: { code: 'VALUE_TOO_LARGE', message: 'the answer is too large to be sent' },
  };
  message.respond(isFitting ? text : JSON.stringify(tooLarge));
}

/** Below `max_payload` of the servers. */
const answerBytesMax = 900 * 1024;
