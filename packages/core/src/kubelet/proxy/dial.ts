import { connect, type Socket } from 'node:net';
import type { Clock } from '../../contract/clock.ts';
import { onAbort } from '../../engine/abortable.ts';
import { withDeadline } from '../../engine/deadline.ts';
import type { Backend } from './usable-endpoints.ts';

/** Probes of the kernel on a connection that is silent: a peer that is gone without a word is found out. */
export const keepAliveMs = 60_000;

/** Rejects with the system's error, or `DEADLINE_EXCEEDED` after `msMax`; no socket is left then. */
export function dial(backend: Backend, clock: Clock, msMax: number, signal: AbortSignal): Promise<Socket> {
  const { host, port } = backend;
  return withDeadline(clock, msMax, signal, `connecting to ${host}:${port}`, (inner) => open(backend, inner));
}

function open({ host, port }: Backend, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const options = {
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveMs,
    };
    const socket = connect({ host, port, ...options });
    // An error that comes before anybody else listens must not end the process.
    socket.on('error', () => {});
    const forget = onAbort(signal, () => {
      socket.destroy();
      reject(signal.reason);
    });
    const failed = (error: Error) => {
      forget();
      reject(error);
    };
    socket.once('error', failed);
    socket.once('connect', () => {
      forget();
      socket.off('error', failed);
      resolve(socket);
    });
  });
}
