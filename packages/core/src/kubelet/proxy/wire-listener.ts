/** The listener machine bound to sockets. Once for each proxy: `provide` is expensive, its result is not. */

import { createServer, type Socket } from 'node:net';
import { fromPromise } from 'xstate';
import { errorMessage } from '../../contract/error.ts';
import { onAbort } from '../../engine/abortable.ts';
import { keepAliveMs } from './dial.ts';
import { type ListenerLogic, listenerMachine, type ServeInput } from './listener-machine.ts';

export interface ListenerPorts {
  /** A client has connected; it is paused. Must not throw. */
  accept(address: string, client: Socket): void;
  /** Must not throw. */
  opened(address: string): void;
  /** It cannot be opened, or a connection could not be accepted. Must not throw. */
  failed(address: string, error: unknown): void;
}

/** Connections that wait to be accepted; the kernel has a limit of its own. */
const backlog = 4096;

export function wireListener(ports: ListenerPorts): ListenerLogic {
  return listenerMachine.provide({
    actors: {
      serve: fromPromise<never, ServeInput>(({ input, signal }) => serve(input, ports, signal)),
    },
    actions: {
      // Told once, however often it is tried: another agent of this host may hold the address for days.
      announceFailure: ({ context }, { error }) => {
        if (errorMessage(error) !== context.problem) ports.failed(context.address, error);
      },
    },
  });
}

function serve(
  { address, host, port, owner }: ServeInput,
  ports: ListenerPorts,
  signal: AbortSignal,
): Promise<never> {
  return new Promise((_, reject) => {
    const server = createServer({
      allowHalfOpen: true,
      pauseOnConnect: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveMs,
    });
    server.on('connection', (client) => ports.accept(address, client));
    server.on('error', (error) => {
      // One that is open goes on: it was one connection that could not be accepted, for want of a file descriptor.
      if (server.listening) ports.failed(address, error);
      else reject(error);
    });
    server.on('listening', () => {
      ports.opened(address);
      owner.send({ type: 'listener.opened' });
    });
    server.listen({ host, port, backlog, exclusive: true });
    onAbort(signal, () => {
      server.close();
      reject(signal.reason);
    });
  });
}
