/** A command whose client speaks WebSocket. */

import type { Clock } from '@mooring/core';
import type { WebSocket } from 'ws';
import { type CommandSession, type SessionInput, terminalSize } from '../command-session.ts';
import type { CommandStatus } from '../stream-status.ts';
import { type ChannelMessage, WebSocketChannels } from './websocket-channels.ts';

/** In the order in which they are liked; those without a version tell failures as plain text and no exit codes. */
export const commandProtocols = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v4.base64.channel.k8s.io',
  'channel.k8s.io',
  'base64.channel.k8s.io',
] as const;
export type CommandProtocol = (typeof commandProtocols)[number];

const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

export function webSocketSession(socket: WebSocket, protocol: CommandProtocol, clock: Clock): CommandSession {
  const connection = new WebSocketChannels(socket, clock, protocol.includes('base64'));
  return {
    input: inputOf(connection),
    signal: connection.signal,
    write: (stream, bytes) => connection.send(channels[stream], bytes),
    finish(status) {
      const words = wordsOf(status, protocol);
      if (words !== '') void connection.send(channels.error, Buffer.from(words));
      connection.close();
    },
  };
}

function wordsOf(status: CommandStatus, protocol: CommandProtocol): string {
  if (protocol.startsWith('v')) return JSON.stringify(status);
  return status.status === 'Success' ? '' : (status.message ?? '');
}

async function* inputOf({ input }: WebSocketChannels): AsyncGenerator<SessionInput, void> {
  for await (const message of input) {
    const event = eventOf(message);
    if (event !== undefined) yield event;
  }
}

function eventOf({ channel, bytes }: ChannelMessage): SessionInput | undefined {
  if (channel === channels.stdin) return { type: 'stdin', bytes };
  // The channel that is closed follows.
  if (channel === channels.close) return bytes[0] === channels.stdin ? { type: 'stdin-end' } : undefined;
  const size = channel === channels.resize ? terminalSize(bytes) : undefined;
  return size === undefined ? undefined : { type: 'resize', size };
}
