/**
 * The control plane's side of the bus of isolated agents: facts of a node's own actors are published as if they were here,
 * and mail for them is passed on. An actor is a node's own when it is the node itself, or below a pod that is bound to it.
 */

import { nodeAddress, podAddress } from '../bus/actor-address.ts';
import { sealEnvelope } from '../bus/envelope.ts';
import { inboxPatternsAt, nodeStreamsPattern, parseFactSubject } from '../bus/subjects.ts';
import { fromWireError } from '../bus/wire-error.ts';
import type { Bus, BusMessage } from '../contract/bus.ts';
import type { Clock, Random } from '../contract/clock.ts';
import { MooringError } from '../contract/error.ts';
import type { Logger } from '../contract/logger.ts';
import { sleep } from '../engine/abortable.ts';
import { LruMap } from '../engine/lru-map.ts';
import { mailId, streamsId } from './gateway-bus.ts';
import { Fields, readFrame } from './gateway-protocol.ts';
import type { NodeView } from './node-view.ts';
import type { NodeViews } from './node-views.ts';

export interface ActorRelayOptions {
  readonly bus: Bus;
  readonly cluster: string;
  readonly views: NodeViews;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  tell(node: string, id: string, data: unknown): void;
}

/** Mail that waits in front of one home. */
const pendingMax = 256;
/** Frames of streams that wait: the windows of many. */
const framesMax = 16_384;
/** Questions without an answer, over all nodes; who asked has given up on older ones. */
const openMax = 4096;
/** Facts that wait until it is known whose they are, over all nodes: a store may be away for long. */
const factsMax = 4096;
const retryMs = 200;
const againMs = 5000;

export class ActorRelay {
  private readonly options: ActorRelayOptions;
  private readonly followed = new Map<string, Promise<void>>();
  private readonly open = new LruMap<string, BusMessage>(openMax);
  private factsWaiting = 0;

  constructor(options: ActorRelayOptions) {
    this.options = options;
  }

  /** From now on mail for the node and its pods goes there. */
  follow(node: string): void {
    if (!this.followed.has(node)) this.followed.set(node, this.run(node));
  }

  /** False for a fact that the node has no right to tell. Rejects with `TRANSPORT_UNAVAILABLE` when too many wait. */
  async fact(node: string, data: unknown): Promise<boolean> {
    const { bus, cluster } = this.options;
    const fields = new Fields(data);
    const subject = fields.text('subject');
    const address = parseFactSubject(cluster, subject)?.address;
    if (address === undefined || !isOwn(await this.viewOf(node), address)) return false;
    bus.publish(subject, fields.any('data'));
    return true;
  }

  private async viewOf(node: string): Promise<NodeView> {
    const { views, signal } = this.options;
    if (this.factsWaiting >= factsMax)
      throw new MooringError(
        'TRANSPORT_UNAVAILABLE',
        `${factsMax} facts of nodes wait for the store already`,
      );
    this.factsWaiting += 1;
    try {
      return await views.of(node, 0, signal);
    } finally {
      this.factsWaiting -= 1;
    }
  }

  /** False for a frame of a stream that is not the node's. */
  stream(node: string, data: unknown): boolean {
    const { bus, cluster } = this.options;
    const frame = readFrame(cluster, data);
    if (frame === undefined || frame.direction !== 'up' || frame.node !== node) return false;
    bus.publish(frame.subject, frame.data);
    return true;
  }

  /** The answer to mail that was passed on; only the node that was asked can give it. */
  answer(node: string, data: unknown): void {
    const fields = new Fields(data);
    const id = `${node} ${fields.text('id')}`;
    const asked = this.open.get(id);
    if (asked === undefined) return;
    this.open.delete(id);
    const error = fields.any('error');
    if (error === undefined) asked.respond(fields.any('data'));
    else
      asked.respond(
        sealEnvelope(this.options, { from: nodeAddress(node), type: 'error', data: wordsOf(error) }),
      );
  }

  private async run(node: string): Promise<void> {
    const { views, clock, logger, signal } = this.options;
    while (!signal.aborted) {
      const homes = new Map<string, AbortController>();
      try {
        homes.set('', this.take(node, nodeAddress(node)));
        homes.set(streamsId, this.takeStreams(node));
        const view = await views.of(node, 0, signal);
        for await (const event of view.watch('pods/', { signal })) {
          if (event.type === 'synced') continue;
          const { uid = '' } = (event.value as { readonly metadata: { readonly uid?: string } }).metadata;
          if (event.type === 'put' && !homes.has(uid)) homes.set(uid, this.take(node, podAddress(uid)));
          if (event.type !== 'delete') continue;
          homes.get(uid)?.abort();
          homes.delete(uid);
        }
      } catch (err) {
        if (!signal.aborted)
          logger.debug({ component: 'gateway', node, err }, 'mail of the node begins anew');
      }
      for (const home of homes.values()) home.abort();
      // An abort ends the sleep and the loop.
      await sleep(clock, retryMs, signal).catch(() => {});
    }
  }

  /** Takes the mail of an address and of everything below it, until the controller aborts. */
  private take(node: string, address: string): AbortController {
    const { bus, cluster } = this.options;
    const controller = new AbortController();
    const { signal } = controller;
    const options = { queue: 'gateway', pendingMax, signal };
    for (const pattern of inboxPatternsAt(cluster, address))
      void this.keepTaking(node, signal, () => this.pass(node, bus.subscribe(pattern, options)));
    return controller;
  }

  /** Takes what clients say on the streams that they have opened to the node. */
  private takeStreams(node: string): AbortController {
    const { bus, cluster, tell } = this.options;
    const controller = new AbortController();
    const { signal } = controller;
    const options = { queue: 'gateway', pendingMax: framesMax, signal };
    void this.keepTaking(node, signal, async () => {
      for await (const { subject, data } of bus.subscribe(nodeStreamsPattern(cluster, node), options))
        tell(node, streamsId, { subject, data });
    });
    return controller;
  }

  /** Again when the bus does not let us, as while its servers are away. Ends with the signal. */
  private async keepTaking(node: string, signal: AbortSignal, take: () => Promise<void>): Promise<void> {
    const { clock, logger } = this.options;
    while (!signal.aborted) {
      try {
        await take();
      } catch (err) {
        if (!signal.aborted)
          logger.warn({ component: 'gateway', node, err }, 'mail of a node is not taken; trying again');
      }
      // An abort ends the sleep and the loop.
      await sleep(clock, againMs, signal).catch(() => {});
    }
  }

  private async pass(node: string, messages: AsyncIterable<BusMessage>): Promise<void> {
    const { random, tell } = this.options;
    for await (const message of messages) {
      const id = random.uuid();
      this.open.set(`${node} ${id}`, message);
      tell(node, mailId, { id, subject: message.subject, data: message.data });
    }
  }
}

function isOwn(view: NodeView, address: string): boolean {
  const [kind, name = ''] = address.split('/');
  if (kind === 'node') return name === view.node;
  return kind === 'pod' && view.isOwnPod(name);
}

function wordsOf(error: unknown) {
  const { code, message } = fromWireError(error);
  return { code: code === 'NO_RESPONDERS' ? 'NO_SUCH_ACTOR' : code, message };
}
