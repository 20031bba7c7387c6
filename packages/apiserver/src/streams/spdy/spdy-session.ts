/** A command whose client speaks SPDY: a stream for each channel. */

import type { Clock, WantedStreams } from '@mooring/core';
import type { Upgrade } from '../../serve/subresource-handler.ts';
import { type CommandSession, type SessionInput, terminalSize } from '../command-session.ts';
import { FlowQueue } from '../flow-queue.ts';
import { SpdyConnection, type SpdyStream } from './spdy-connection.ts';

/** The channels of a command that Kubernetes opens by SPDY. */
export const commandProtocol = 'v4.channel.k8s.io';

/** For the client to open them. */
const streamsMsMax = 30_000;

/** Resolves when the connection is over; `run` is called once all channels are there. */
export async function serveSpdySession(
  { socket, head }: Pick<Upgrade, 'socket' | 'head'>,
  wanted: WantedStreams,
  clock: Clock,
  run: (session: CommandSession) => Promise<void>,
): Promise<void> {
  const channels = new Map<string, SpdyStream>();
  const names = channelsOf(wanted);
  const late = clock.setTimeout(() => connection.close(), streamsMsMax);
  const connection: SpdyConnection = new SpdyConnection({
    socket,
    head,
    clock,
    onStream(stream) {
      const name = stream.headers.get('streamtype') ?? '';
      // One too many is no reason to begin once more.
      if (!names.includes(name) || channels.has(name)) return stream.end();
      channels.set(name, stream);
      if (channels.size < names.length) return;
      clock.clearTimeout(late);
      void run(sessionOf(connection, channels));
    },
  });
  await connection.run();
  clock.clearTimeout(late);
}

function channelsOf({ stdin, stdout, stderr, tty }: WantedStreams): readonly string[] {
  const wanted = { error: true, stdin, stdout, stderr, resize: tty };
  return Object.entries(wanted).flatMap(([name, isWanted]) => (isWanted ? [name] : []));
}

function sessionOf(connection: SpdyConnection, channels: ReadonlyMap<string, SpdyStream>): CommandSession {
  return {
    input: inputOf(channels),
    signal: connection.signal,
    write: async (stream, bytes) => await channels.get(stream)?.write(bytes),
    finish(status) {
      void channels.get('error')?.write(Buffer.from(JSON.stringify(status)));
      for (const name of ['error', 'stdout', 'stderr']) channels.get(name)?.end();
      connection.close();
    },
  };
}

function inputOf(channels: ReadonlyMap<string, SpdyStream>): AsyncIterable<SessionInput> {
  // One at a time: what has not been read waits in the queues of the channels.
  const queue = new FlowQueue<SessionInput>(1, () => 1);
  const read = async (name: string, take: (bytes: Buffer) => SessionInput | undefined) => {
    const stream = channels.get(name);
    if (stream === undefined) return;
    for await (const bytes of stream.input) {
      const event = take(bytes);
      if (event !== undefined) queue.push(event);
      await queue.whenRoom();
    }
  };
  const fail = (error: unknown) => queue.fail(error);
  read('stdin', (bytes) => ({ type: 'stdin', bytes }))
    .then(() => queue.push({ type: 'stdin-end' }))
    .catch(fail);
  read('resize', (bytes) => {
    const size = terminalSize(bytes);
    return size === undefined ? undefined : { type: 'resize', size };
  }).catch(fail);
  return queue;
}
