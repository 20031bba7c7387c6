/** `.../pods/<name>/portforward`. */

import { createWebSocketStream } from 'ws';
import type { ApiRequest } from '../request/api-request.ts';
import type { ResourceTarget } from '../request/parse-target.ts';
import type { ServerParts } from '../serve/server-parts.ts';
import type { Upgrade } from '../serve/subresource-handler.ts';
import { podOfRequest } from './pod-of-request.ts';
import { acceptSpdy } from './spdy/accept-spdy.ts';
import { portProtocol, serveSpdyPorts } from './spdy/spdy-ports.ts';
import { acceptWebSocket, chooseProtocol, wantsWebSocket } from './websocket/accept-websocket.ts';
import { portProtocols, portsOf, serveWebSocketPorts } from './websocket/websocket-ports.ts';

/** SPDY as the bytes of the messages of a WebSocket. */
const tunnelProtocol = `SPDY/3.1+${portProtocol}`;

/** Resolves when the connection is over. Rejects with a `StatusError` before the handshake. */
export async function servePorts(
  parts: ServerParts,
  request: ApiRequest,
  target: ResourceTarget,
  upgrade: Upgrade,
): Promise<void> {
  const { node, target: podTarget } = await podOfRequest(parts, target, request.signal);
  const { clock, cluster } = parts;
  const open = (port: number, signal: AbortSignal) =>
    cluster.streams.open(node, { type: 'port', ...podTarget, port }, signal);
  if (!wantsWebSocket(request)) {
    acceptSpdy(request, upgrade, portProtocol);
    await serveSpdyPorts({ ...upgrade, clock, open });
    return;
  }
  const protocol = chooseProtocol(request, [tunnelProtocol, ...portProtocols]);
  // What is wrong with them is told before the handshake.
  const ports = protocol === tunnelProtocol ? [] : portsOf(request.query);
  const socket = await acceptWebSocket(upgrade, protocol);
  if (protocol === tunnelProtocol)
    await serveSpdyPorts({ socket: createWebSocketStream(socket), head: Buffer.alloc(0), clock, open });
  else await serveWebSocketPorts({ socket, ports, isBase64: protocol.includes('base64'), clock, open });
}
