/**
 * Ports of a pod by WebSocket: channel 2i carries the bytes of the i-th port and 2i + 1 what is wrong. The first message of
 * each says which port it is. A client makes a WebSocket for each of its connections.
 */

import { type Clock, errorMessage, type NodeStream } from '@mooring/core';
import type { WebSocket } from 'ws';
import { badRequest } from '../../status/status-error.ts';
import { FlowQueue } from '../flow-queue.ts';
import { pumpConnection } from '../pump-connection.ts';
import { WebSocketChannels } from './websocket-channels.ts';

export const portProtocols = ['v4.channel.k8s.io', 'v4.base64.channel.k8s.io', 'v5.channel.k8s.io'] as const;

const portsMax = 64;
/** Of one port that waits to be read; then the client waits. */
const inputBytesMax = 256 * 1024;

export interface WebSocketPortsOptions {
  readonly socket: WebSocket;
  readonly ports: readonly number[];
  readonly isBase64: boolean;
  readonly clock: Clock;
  open(port: number, signal: AbortSignal): Promise<NodeStream>;
}

/** Throws a `StatusError` for what are no ports. */
export function portsOf(query: URLSearchParams): readonly number[] {
  const ports = query
    .getAll('ports')
    .flatMap((text) => text.split(','))
    .map(Number);
  const areValid = ports.every((port) => Number.isInteger(port) && port > 0 && port < 65_536);
  if (ports.length > 0 && ports.length <= portsMax && areValid) return ports;
  throw badRequest(`query parameter "ports" must be 1 to ${portsMax} ports between 1 and 65535`);
}

/** Resolves when all connections are over. */
export async function serveWebSocketPorts(options: WebSocketPortsOptions): Promise<void> {
  const { socket, ports, clock, isBase64 } = options;
  const channels = new WebSocketChannels(socket, clock, isBase64);
  const inputs = ports.map(() => new FlowQueue<Buffer>(inputBytesMax, ({ length }) => length));
  // They end with the client.
  void distribute(channels, inputs);
  for (const [i, port] of ports.entries())
    for (const channel of [2 * i, 2 * i + 1]) await channels.send(channel, littleEndian(port));
  const forwards = inputs.map((input, i) => forward(options, channels, { i, port: ports[i] ?? 0, input }));
  await Promise.all(forwards);
  channels.close();
}

async function forward(
  { open }: WebSocketPortsOptions,
  channels: WebSocketChannels,
  { i, port, input }: { readonly i: number; readonly port: number; readonly input: FlowQueue<Buffer> },
): Promise<void> {
  const write = (bytes: Uint8Array) => channels.send(2 * i, bytes);
  try {
    await pumpConnection(open(port, channels.signal), { input, write });
  } catch (why) {
    const words = `an error occurred forwarding ${port}: ${errorMessage(why)}`;
    await channels.send(2 * i + 1, Buffer.from(words));
  }
}

async function distribute(channels: WebSocketChannels, inputs: readonly FlowQueue<Buffer>[]): Promise<void> {
  try {
    for await (const { channel, bytes } of channels.input) {
      const input = channel % 2 === 0 ? inputs[channel / 2] : undefined;
      input?.push(bytes);
      await input?.whenRoom();
    }
  } catch (why) {
    for (const input of inputs) input.fail(why);
  }
}

function littleEndian(port: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(port);
  return bytes;
}
