/** The streams that clients have opened to one node: the agent's side of `stream-client.ts`. */

import type { Bus } from '../contract/bus.ts';
import type { Clock } from '../contract/clock.ts';
import { MooringError } from '../contract/error.ts';
import type { Logger } from '../contract/logger.ts';
import { keepTrying } from '../engine/keep-trying.ts';
import { StreamEnd } from './stream-end.ts';
import { nodeStreamsPattern, parseStreamSubject, type StreamName, streamSubject } from './subjects.ts';

export interface StreamHostOptions {
  readonly bus: Bus;
  readonly cluster: string;
  readonly node: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends every stream. */
  readonly signal: AbortSignal;
}

/** Open at a time on one node. */
const streamsMax = 512;
/** Frames that wait to be put in order: the windows of many streams. */
const pendingMax = 65_536;
/** Where the bus does not let us listen. */
const retryMs = 30_000;

export class StreamHost {
  private readonly options: StreamHostOptions;
  private readonly ends = new Map<string, StreamEnd>();

  constructor(options: StreamHostOptions) {
    this.options = options;
  }

  /** Takes what clients say, from before it returns until the signal aborts. Then every stream is let go. */
  async run(): Promise<void> {
    const { clock, node, signal, logger } = this.options;
    const onFailure = (err: unknown) => {
      logger.error({ err }, 'nothing is heard of streams; trying again');
      this.letGo(`the agent of node ${node} hears nothing`);
    };
    await keepTrying({ clock, pauseMs: retryMs, signal, onFailure }, () => this.listen());
    this.letGo(`the agent of node ${node} has ended`);
  }

  private async listen(): Promise<void> {
    const { bus, cluster, node, signal } = this.options;
    const pattern = nodeStreamsPattern(cluster, node);
    for await (const { subject, data } of bus.subscribe(pattern, { pendingMax, signal })) {
      const name = parseStreamSubject(cluster, subject);
      if (name !== undefined) this.ends.get(keyOf(name))?.receive(data);
    }
  }

  private letGo(why: string): void {
    for (const end of [...this.ends.values()]) end.abort(new MooringError('STREAM_BROKEN', why));
  }

  knows(name: Omit<StreamName, 'node'>): boolean {
    return this.ends.has(keyOf(name));
  }

  /** Throws `ALREADY_EXISTS` for a stream that is open, `STREAM_BROKEN` when there are too many. */
  accept(name: Omit<StreamName, 'node'>): StreamEnd {
    const { bus, cluster, node, clock } = this.options;
    const key = keyOf(name);
    if (this.ends.has(key)) throw new MooringError('ALREADY_EXISTS', `stream ${key} is open already`);
    if (this.ends.size >= streamsMax)
      throw new MooringError(
        'STREAM_BROKEN',
        `node ${node} has ${streamsMax} streams open; close some of them`,
      );
    const subject = streamSubject(cluster, 'up', { node, ...name });
    const end = new StreamEnd({
      clock,
      peer: 'the client',
      publish: (frame) => bus.publish(subject, frame),
      onClosed: () => this.ends.delete(key),
    });
    this.ends.set(key, end);
    return end;
  }
}

function keyOf({ client, stream }: Omit<StreamName, 'node'>): string {
  return `${client}/${stream}`;
}
