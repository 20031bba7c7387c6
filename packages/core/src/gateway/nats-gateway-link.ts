/** The agent's side of the gateway on NATS: one connection to the account of its node. */

import { ErrorCode, headers, type MsgHdrs, type NatsConnection, type NatsError, type Status } from 'nats';
import type { RequestOptions } from '../contract/bus.ts';
import type { Clock } from '../contract/clock.ts';
import { errorMessage, MooringError } from '../contract/error.ts';
import { abortable } from '../engine/abortable.ts';
import { withDeadline } from '../engine/deadline.ts';
import { followStatus } from '../engine/follow-status.ts';
import type { GatewayLink } from './gateway-link.ts';
import { requestBytesMax } from './gateway-protocol.ts';
import {
  apiSubject,
  clusterHeader,
  clusterWord,
  nodePatterns,
  parseStreamSubject,
} from './gateway-subjects.ts';

export interface NatsGatewayLinkOptions {
  readonly connection: NatsConnection;
  readonly node: string;
  /** Whose gateway is meant: others may listen to the same subjects. */
  readonly cluster: string;
  readonly clock: Clock;
}

/** Disposing of it closes the connection. */
export function openNatsGatewayLink(options: NatsGatewayLinkOptions): GatewayLink {
  return new NatsGatewayLink(options);
}

class NatsGatewayLink implements GatewayLink {
  private readonly connection: NatsConnection;
  private readonly node: string;
  private readonly clock: Clock;
  private readonly marks: MsgHdrs = headers();
  private readonly listeners = new Map<string, (data: unknown) => void>();
  private readonly reconnected = new Set<() => void>();
  private isConnected = true;

  constructor({ connection, node, cluster, clock }: NatsGatewayLinkOptions) {
    this.connection = connection;
    this.node = node;
    this.clock = clock;
    this.marks.set(clusterHeader, clusterWord(cluster));
    connection.subscribe(nodePatterns(node).stream, {
      callback: (error, message) => {
        // The server does not let us listen, which the log of the connection tells.
        if (error !== null) return;
        const listener = this.listeners.get(parseStreamSubject(node, message.subject) ?? '');
        listener?.(parsed(message.data));
      },
    });
    void followStatus(connection, (status) => this.note(status));
  }

  async request(verb: string, data: unknown, { timeoutMs, signal }: RequestOptions): Promise<unknown> {
    const payload = Buffer.from(JSON.stringify(data));
    if (payload.byteLength > requestBytesMax)
      throw new MooringError(
        'VALUE_TOO_LARGE',
        `a request of ${payload.byteLength} bytes: at most ${requestBytesMax}`,
      );
    if (!this.isConnected) throw new MooringError('TRANSPORT_UNAVAILABLE', 'no connection to the gateway');
    const subject = apiSubject(this.node, verb);
    // The deadline is ours, on our clock; that of the client only has to be later.
    const options = { timeout: timeoutMs + 60_000, headers: this.marks };
    try {
      const ask = (inner: AbortSignal) =>
        abortable(this.connection.request(subject, payload, options), inner);
      const answer = await withDeadline(this.clock, timeoutMs, signal, `the request on ${subject}`, ask);
      return parsed(answer.data);
    } catch (error) {
      const { code } = error as Partial<NatsError>;
      if (code === ErrorCode.NoResponders)
        throw new MooringError('NO_RESPONDERS', `no gateway listens on ${subject}`, { cause: error });
      if (code === ErrorCode.PermissionsViolation)
        throw new MooringError('TRANSPORT_REFUSED', `${subject}: ${errorMessage(error)}`, { cause: error });
      throw error;
    }
  }

  send(verb: string, data: unknown): void {
    // What is told at most once is not kept for a connection that may never come back.
    if (!this.isConnected || this.connection.isClosed()) return;
    const payload = Buffer.from(JSON.stringify(data));
    if (payload.byteLength > requestBytesMax) return;
    this.connection.publish(apiSubject(this.node, verb), payload, { headers: this.marks });
  }

  listen(id: string, take: (data: unknown) => void): () => void {
    this.listeners.set(id, take);
    return () => this.listeners.delete(id);
  }

  onReconnect(call: () => void): () => void {
    this.reconnected.add(call);
    return () => this.reconnected.delete(call);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection.close();
  }

  private note({ type }: Status): void {
    if (type === 'disconnect') this.isConnected = false;
    if (type !== 'reconnect') return;
    this.isConnected = true;
    for (const call of [...this.reconnected]) call();
  }
}

/** `undefined` for what is no JSON. */
function parsed(data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data).toString('utf8'));
  } catch {
    // As good as nothing: whoever reads it refuses it.
    return undefined;
  }
}
