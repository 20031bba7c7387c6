/** `tcp-probe.json`: the TCP prober against real listeners. */

import { type AddressInfo, createServer, type Socket } from 'node:net';
import { FieldPath } from '../../packages/core/src/api/field-error.ts';
import type { ProbeTarget } from '../../packages/core/src/contract/prober.ts';
import { fakeTarget } from '../../packages/core/src/testing/fake-target.ts';
import { dialTCP } from '../../packages/probe-tcp/src/dial-tcp.ts';
import { tcpProber } from '../../packages/probe-tcp/src/tcp-prober.ts';
import { freePort } from '../servers/http-server.ts';
import type { TopicRunners } from '../vectors.ts';
import { assertEnd, attempt, fillIn, withinSeconds } from './probe-case.ts';

export const runners: TopicRunners = {
  async probe({ given, expect }) {
    await using server = await startTcpServer(given.server);
    const ports = { port: server.port, closedPort: await freePort() };
    const action = fillIn(given.tcpSocket, ports);
    const target = fakeTarget({
      podIP: given.podIP,
      timeoutMs: (given.timeoutSeconds ?? 1) * 1000,
      ports: fillIn(given.containerPorts ?? [], ports),
    });
    const isLegal = typeof action.port === 'string' || tcpProber().compile(action, FieldPath.root).ok;
    const end = isLegal ? await attempt(tcpProber(), action, target) : await dialOnly(action, target);
    assertEnd(end, fillIn(expect, ports));
  },
};

/** A port that no manifest may name is for the dialler alone. */
function dialOnly(
  action: { readonly host?: string; readonly port: number },
  { podIP, timeoutMs }: ProbeTarget,
) {
  return withinSeconds(timeoutMs / 1000, async (signal) => {
    const problem = await dialTCP(action.host ?? podIP, action.port, signal);
    return { result: problem === undefined ? 'success' : 'failure', error: false, message: problem ?? '' };
  });
}

interface TcpServerSpec {
  readonly listening: boolean;
  readonly behaviour?: 'hold' | 'close-at-once' | 'reset' | 'send' | 'black-hole';
  readonly text?: string;
  readonly address?: string;
}

async function startTcpServer(spec: TcpServerSpec): Promise<AsyncDisposable & { readonly port: number }> {
  if (!spec.listening) return { port: await freePort(), [Symbol.asyncDispose]: () => Promise.resolve() };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    // The probe goes away without a word; that a reset may come of it does not matter here.
    socket.on('error', () => socket.destroy());
    if (spec.behaviour === 'close-at-once') socket.destroy();
    if (spec.behaviour === 'reset') socket.resetAndDestroy();
    if (spec.behaviour === 'send') socket.write(spec.text ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, spec.address ?? '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
