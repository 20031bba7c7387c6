/** Opens streams to the pods of any node: the client's side of `stream-host.ts`. */

import type { Bus } from '../contract/bus.ts';
import type { Clock, Random } from '../contract/clock.ts';
import { hasCode, MooringError } from '../contract/error.ts';
import { type Logger, silentLogger } from '../contract/logger.ts';
import type { OutputChunk, ProcessStreams, TerminalSize } from '../contract/process-streams.ts';
import { onAbort } from '../engine/abortable.ts';
import { actUntil } from '../engine/joined-signal.ts';
import { keepTrying } from '../engine/keep-trying.ts';
import { streamsAddress } from './actor-address.ts';
import { type ActorClient, createActorClient } from './actor-client.ts';
import { type ContainerUsage, decodeUsage } from './container-usage.ts';
import { isRecord } from './envelope.ts';
import { StreamEnd } from './stream-end.ts';
import type { StreamOutcome } from './stream-frame.ts';
import type { StreamQuestion, StreamRequest } from './stream-request.ts';
import { clientStreamsPattern, parseStreamSubject, streamSubject } from './subjects.ts';
import { fromWireError } from './wire-error.ts';

/**
 * What comes of a request: the output, and for a command its exit code; 0 for what has none. Whoever stops reading the
 * output before its end lets go of the stream.
 */
export type NodeStream = ProcessStreams;

/** Opens logs, commands, attachments and ports of pods on any node of the cluster. */
export interface StreamClient {
  /**
   * Resolves when the node has begun. Rejects with `NO_SUCH_ACTOR` at once when no agent is there, and with what the agent
   * says against it. Later, a stream that breaks rejects with `STREAM_BROKEN`; an abort of the signal lets go of it.
   */
  open(node: string, request: StreamRequest, signal: AbortSignal): Promise<NodeStream>;
  /** What the containers of a node use. Rejects as `open`, with `RUNTIME_UNSUPPORTED` where nothing is measured. */
  usage(node: string, signal: AbortSignal): Promise<readonly ContainerUsage[]>;
  /** Streams that are open. */
  readonly size: number;
}

/** What a client of streams is made of. */
export interface StreamClientOptions {
  readonly bus: Bus;
  readonly cluster: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger?: Logger;
  /** Ends every stream. */
  readonly signal: AbortSignal;
}

/** Beginning may take a runtime a while. */
const openMsMax = 30_000;
const isThereMsMax = 2000;

/** Frames that wait to be put in order: the windows of many streams. */
const pendingMax = 65_536;
/** Where the bus does not let us listen. */
const retryMs = 30_000;

/** Streams to the pods of any node over a bus, for programs that hold no `Cluster`; `cluster.streams` is one. */
export function createStreamClient(options: StreamClientOptions): StreamClient {
  return new Client(options);
}

class Client implements StreamClient {
  private readonly options: StreamClientOptions;
  private readonly actors: ActorClient;
  private readonly id: string;
  private readonly ends = new Map<string, StreamEnd>();

  constructor(options: StreamClientOptions) {
    this.options = options;
    this.id = options.random.uuid();
    this.actors = createActorClient({ ...options, from: `client/${this.id}` });
    const { clock, signal, logger = silentLogger } = options;
    const onFailure = (err: unknown) =>
      logger.error({ component: 'streams', err }, 'nothing is heard of nodes; trying again');
    void keepTrying({ clock, pauseMs: retryMs, signal, onFailure }, () => this.listen());
  }

  get size(): number {
    return this.ends.size;
  }

  async open(node: string, request: StreamRequest, signal: AbortSignal): Promise<NodeStream> {
    signal.throwIfAborted();
    const stream = this.options.random.uuid();
    const end = this.newEnd(node, stream);
    const forgets = [signal, this.options.signal].map((one) => onAbort(one, () => end.abort(one.reason)));
    const forget = () => {
      for (const call of forgets) call();
    };
    onAbort(end.signal, forget);
    try {
      const question = { client: this.id, stream, request };
      await actUntil([end.signal, signal], (either) => this.ask(node, question, either));
    } catch (error) {
      end.abort(error);
      throw error;
    }
    return streamOf(end, forget);
  }

  async usage(node: string, signal: AbortSignal): Promise<readonly ContainerUsage[]> {
    const { output } = await this.open(node, { type: 'stats' }, signal);
    const chunks: Uint8Array[] = [];
    for await (const { bytes } of output) chunks.push(bytes);
    return decodeUsage(Buffer.concat(chunks).toString('utf8'));
  }

  private newEnd(node: string, stream: string): StreamEnd {
    const { bus, cluster, clock } = this.options;
    const name = { node, client: this.id, stream };
    const subject = streamSubject(cluster, 'down', name);
    const key = `${node}/${stream}`;
    const end = new StreamEnd({
      clock,
      peer: `the agent of node ${node}`,
      publish: (frame) => bus.publish(subject, frame),
      isThere: async (signal) => {
        const answer = await this.answerOf(node, { client: this.id, stream }, isThereMsMax, signal);
        if (isRecord(answer) && answer['known'] === false)
          throw new MooringError(
            'STREAM_BROKEN',
            `the agent of node ${node} does not know the stream any more`,
          );
      },
      onClosed: () => this.ends.delete(key),
    });
    this.ends.set(key, end);
    return end;
  }

  private async ask(node: string, question: StreamQuestion, signal: AbortSignal): Promise<void> {
    const answer = await this.answerOf(node, question, openMsMax, signal);
    const { error } = isRecord(answer) ? answer : {};
    if (error !== undefined) throw fromWireError(error);
  }

  /** An agent that only takes its time is there. */
  private async answerOf(
    node: string,
    question: StreamQuestion,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<unknown> {
    try {
      return await this.actors.ask(streamsAddress(node), question, { timeoutMs, signal });
    } catch (error) {
      if (question.request === undefined && hasCode(error, 'DEADLINE_EXCEEDED')) return undefined;
      if (!hasCode(error, 'NO_SUCH_ACTOR')) throw error;
      throw new MooringError('NO_SUCH_ACTOR', `no agent answers for node ${node}`, { cause: error });
    }
  }

  private async listen(): Promise<void> {
    const { bus, cluster, signal } = this.options;
    const pattern = clientStreamsPattern(cluster, this.id);
    for await (const { subject, data } of bus.subscribe(pattern, { pendingMax, signal })) {
      const name = parseStreamSubject(cluster, subject);
      if (name !== undefined) this.ends.get(`${name.node}/${name.stream}`)?.receive(data);
    }
  }
}

function streamOf(end: StreamEnd, onEnd: () => void): NodeStream {
  let outcome: StreamOutcome | undefined;
  const read = async function* (): AsyncGenerator<OutputChunk, void> {
    try {
      for await (const event of end) {
        if (event.type === 'end') {
          outcome = event.outcome;
          if ('error' in outcome) throw fromWireError(outcome.error);
          return;
        }
        if (event.type === 'data' && event.channel !== 'stdin')
          yield { stream: event.channel, bytes: event.bytes };
      }
    } finally {
      // It has ended, or its reader wants no more.
      end.abort(new MooringError('ABORTED', 'the reader has gone'));
      onEnd();
    }
  };
  return {
    output: read(),
    write: (bytes) => end.send('stdin', bytes),
    closeInput: () => end.closeChannel('stdin'),
    resize: (size: TerminalSize) => end.resize(size),
    async exitCode() {
      if (outcome === undefined)
        throw new MooringError('STREAM_BROKEN', 'the output was not read to its end');
      if ('error' in outcome) throw fromWireError(outcome.error);
      return outcome.exitCode ?? 0;
    },
  };
}
