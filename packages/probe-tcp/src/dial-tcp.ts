import { connect, type Socket } from 'node:net';
import { dialErrorWords, joinHostPort } from '@mooring/core';

/**
 * Opens a connection and closes it at once. Resolves with `undefined` when it could be opened, else with Go's words for
 * the problem: `dial tcp 10.0.0.1:80: connect: connection refused`, after an abort `dial tcp 10.0.0.1:80: i/o timeout`.
 */
export async function dialTCP(host: string, port: number, signal: AbortSignal): Promise<string | undefined> {
  const address = joinHostPort(host, port);
  if (signal.aborted) return timeoutWords(address);
  let socket: Socket;
  try {
    socket = connect({ host, port });
  } catch (error) {
    // Node refuses a port out of range before it dials.
    return dialErrorWords(error, address);
  }
  return await new Promise((resolve) => {
    const settle = (problem: string | undefined) => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(problem);
    };
    const onAbort = () => settle(timeoutWords(address));
    signal.addEventListener('abort', onAbort);
    socket.once('connect', () => settle(undefined));
    // Not `once`: what comes after the end is of no interest, but without a listener it would bring the agent down.
    socket.on('error', (error) => settle(wasConnected(error) ? undefined : dialErrorWords(error, address)));
  });
}

/**
 * A server may accept and leave before the connection is reported here. The system tells the cases apart: a
 * reset in answer to the first packet is "refused", these two only come on a connection that stood.
 */
function wasConnected(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNRESET' || error.code === 'EPIPE';
}

function timeoutWords(address: string): string {
  return `dial tcp ${address}: i/o timeout`;
}
