/**
 * The control plane's side of the store of isolated agents: answers what they ask, as far as the policy lets their node, and
 * sends what they watch. Who asks is told by whoever carries the requests; nothing in a request is believed about that.
 */

import { toWireError } from '../bus/wire-error.ts';
import type { Clock } from '../contract/clock.ts';
import { MooringError } from '../contract/error.ts';
import type { Logger } from '../contract/logger.ts';
import type { Revision, Store, StoreEntry } from '../contract/store.ts';
import { withDeadline } from '../engine/deadline.ts';
import { type TokenBucket, takeToken } from '../engine/token-bucket.ts';
import type { WatchLimits } from '../store/watch-hub.ts';
import { checkKey, checkPrefix } from '../store/write-check.ts';
import {
  type Answer,
  Fields,
  type Frame,
  heartbeatMsDefault,
  jsonBytes,
  type ListPage,
  pageBytesMax,
  valueBytesMax,
} from './gateway-protocol.ts';
import type { NodePolicy } from './node-policy.ts';
import type { NodeView } from './node-view.ts';
import { NodeViews } from './node-views.ts';
import { WatchSender } from './watch-sender.ts';

export interface StoreGatewayOptions {
  readonly store: Store;
  readonly policy: NodePolicy;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly heartbeatMs?: number;
  readonly limits?: WatchLimits;
  /** Carries a frame of a watch to the node. */
  tell(node: string, id: string, frame: Frame): void;
}

const limitsDefault: WatchLimits = { historyMax: 1024, pendingMax: 4096 };
const inFlightMax = 128;
const watchesMax = 64;
/** How long a request may wait for the views to catch up. */
const catchUpMsMax = 10_000;
/** Events of one node; one that floods must not push out those of others. */
const eventRate = { burst: 2000, refillMs: 50 };

/** What is kept of each node that has asked for something. */
interface Session {
  inFlight: number;
  readonly watches: Map<string, WatchSender>;
  readonly events: TokenBucket;
}

type Handler = (node: string, fields: Fields) => Promise<unknown>;

export class StoreGateway {
  readonly views: NodeViews;
  private readonly options: StoreGatewayOptions;
  private readonly sessions = new Map<string, Session>();
  private readonly handlers: Readonly<Record<string, Handler>> = {
    get: (node, fields) => this.get(node, fields),
    list: (node, fields) => this.list(node, fields),
    create: (node, fields) => this.write(node, 'create', fields),
    update: (node, fields) => this.write(node, 'update', fields),
    delete: (node, fields) => this.write(node, 'delete', fields),
    watch: (node, fields) => this.watch(node, fields),
  };

  constructor(options: StoreGatewayOptions) {
    this.options = options;
    const { store, policy, clock, logger, signal, limits = limitsDefault } = options;
    this.views = new NodeViews({ store, policy, clock, logger, signal, limits });
  }

  /** Until the signal aborts. */
  async run(): Promise<void> {
    await this.views.run();
    for (const { watches } of this.sessions.values()) for (const sender of watches.values()) sender.stop();
  }

  /** Never rejects: what is wrong is in the answer. */
  async answer(node: string, verb: string, data: unknown): Promise<Answer> {
    const session = this.sessionOf(node);
    if (session.inFlight >= inFlightMax)
      return { error: { code: 'TRANSPORT_UNAVAILABLE', message: `node ${node} asks too much at once` } };
    session.inFlight += 1;
    try {
      const handler = Object.hasOwn(this.handlers, verb) ? this.handlers[verb] : undefined;
      if (handler === undefined) throw new MooringError('INVALID', `unknown request ${JSON.stringify(verb)}`);
      return { ok: await handler(node, new Fields(data)) };
    } catch (error) {
      return { error: toWireError(error) };
    } finally {
      session.inFlight -= 1;
    }
  }

  /** What expects no answer: `confirm` and `unwatch`. Anything else, and what is malformed, does nothing. */
  note(node: string, verb: string, data: unknown): void {
    const { id, seq } = (data ?? {}) as { readonly id?: unknown; readonly seq?: unknown };
    const sender = this.sessions.get(node)?.watches.get(String(id));
    if (verb === 'confirm' && typeof seq === 'number') sender?.confirm(seq);
    if (verb === 'unwatch') sender?.stop();
  }

  /** Nodes that have a watch open: their agents live. */
  isLive(node: string): boolean {
    return (this.sessions.get(node)?.watches.size ?? 0) > 0;
  }

  private async get(node: string, fields: Fields): Promise<StoreEntry | null> {
    const key = fields.text('key');
    const view = await this.view(node, fields);
    const entry = await this.options.store.get(key, this.options.signal);
    // What a node may not see is not there for it, whether it is there or not.
    return entry !== undefined && view.mayRead(entry) ? entry : null;
  }

  private async list(node: string, fields: Fields): Promise<ListPage> {
    const prefix = fields.text('prefix');
    const after = fields.optionalText('after') ?? '';
    checkPrefix(prefix);
    const { entries, revision } = (await this.view(node, fields)).list(prefix);
    const page: StoreEntry[] = [];
    let bytes = 0;
    for (const entry of entries) {
      if (entry.key <= after) continue;
      const size = jsonBytes(entry);
      if (size > valueBytesMax) {
        this.oversized(node, entry.key);
        continue;
      }
      bytes += size;
      if (bytes > pageBytesMax) return { entries: page, revision, next: page.at(-1)?.key ?? after };
      page.push(entry);
    }
    return { entries: page, revision };
  }

  private async write(node: string, verb: 'create' | 'update' | 'delete', fields: Fields) {
    const { store, policy, signal } = this.options;
    const key = fields.text('key');
    checkKey(key);
    const wanted = verb === 'delete' ? undefined : fields.object('value');
    const expected = verb === 'create' ? undefined : fields.optionalRevision('expected');
    if (wanted !== undefined && jsonBytes(wanted) > valueBytesMax)
      throw new MooringError('VALUE_TOO_LARGE', `${key}: at most ${valueBytesMax} bytes`);
    const view = await this.view(node, fields);
    const entry = await store.get(key, signal);
    const isHidden = entry !== undefined && verb !== 'create' && !view.mayRead(entry);
    const current = isHidden ? undefined : entry;
    if (verb !== 'create' && current === undefined) {
      if (verb === 'delete' && expected === undefined) return { revision: 0 };
      throw new MooringError('NOT_FOUND', `${key} not found`);
    }
    const isOwnPod = (uid: string) => view.isOwnPod(uid);
    const refusal = policy.refusalOf({ node, verb, key, current: current?.value, wanted, isOwnPod });
    if (refusal !== undefined) throw new MooringError(refusal.code, refusal.message);
    this.checkRate(node, key);
    if (wanted !== undefined && verb === 'create')
      return { revision: await store.create(key, wanted, signal) };
    // The state that was judged is the one that is replaced.
    const judged = current?.revision ?? 0;
    if (expected !== undefined && expected !== judged)
      throw new MooringError('CONFLICT', `${key} has revision ${judged}, not ${expected}`);
    if (wanted !== undefined) return { revision: await store.update(key, wanted, judged, signal) };
    await store.delete(key, judged, signal);
    // Of a deletion no revision is told; that of a list is not before it.
    return { revision: (await store.list(`${key}/`, signal)).revision };
  }

  private async watch(node: string, fields: Fields) {
    const { clock, heartbeatMs = heartbeatMsDefault } = this.options;
    const [id, prefix, from] = [fields.text('id'), fields.text('prefix'), fields.optionalRevision('from')];
    checkPrefix(prefix);
    const { watches } = this.sessionOf(node);
    const view = await this.view(node, fields);
    if (watches.has(id)) throw new MooringError('ALREADY_EXISTS', `there is a watch ${id}`);
    if (watches.size >= watchesMax)
      throw new MooringError('INVALID', `node ${node} has ${watchesMax} watches already`);
    const sender = new WatchSender({
      clock,
      heartbeatMs,
      send: (frame) => this.options.tell(node, id, frame),
      onOversized: (key) => this.oversized(node, key),
    });
    watches.set(id, sender);
    const { signal } = sender;
    const events = view.watch(prefix, from === undefined ? { signal } : { from, signal });
    void sender.run(events).then(() => watches.delete(id));
    return { heartbeatMs };
  }

  private view(node: string, fields: Fields): Promise<NodeView> {
    const atLeast: Revision = fields.optionalRevision('atLeast') ?? 0;
    const { clock, signal } = this.options;
    return withDeadline(clock, catchUpMsMax, signal, `reading revision ${atLeast}`, (inner) =>
      this.views.of(node, atLeast, inner),
    );
  }

  private checkRate(node: string, key: string): void {
    if (!key.startsWith('events/')) return;
    const { events } = this.sessionOf(node);
    if (takeToken(events, eventRate, this.options.clock.monotonicMs())) return;
    throw new MooringError('FORBIDDEN', `node ${node} writes too many events`);
  }

  private sessionOf(node: string): Session {
    const known = this.sessions.get(node);
    if (known !== undefined) return known;
    const events = { tokens: eventRate.burst, atMs: this.options.clock.monotonicMs() };
    const session: Session = { inFlight: 0, watches: new Map(), events };
    this.sessions.set(node, session);
    return session;
  }

  private oversized(node: string, key: string): void {
    this.options.logger.warn(
      { component: 'gateway', node, key },
      'object too large for the gateway; left out',
    );
  }
}
