/** The handshake of an upgrade to a WebSocket. */

import { MooringError } from '@mooring/core';
import { type WebSocket, WebSocketServer } from 'ws';
import { withoutToken } from '../../auth/authenticate.ts';
import type { ApiRequest } from '../../request/api-request.ts';
import type { Upgrade } from '../../serve/subresource-handler.ts';
import { badRequest } from '../../status/status-error.ts';

/** Of one message; clients of Kubernetes send some ten kilobytes. */
const messageBytesMax = 4 * 1024 * 1024;

export function wantsWebSocket({ headers }: Pick<ApiRequest, 'headers'>): boolean {
  return /^websocket$/i.test(headers.upgrade ?? '');
}

/** The first of those spoken here that the client offers. Throws a `StatusError` when it offers none. */
export function chooseProtocol<P extends string>(
  { headers }: Pick<ApiRequest, 'headers'>,
  spoken: readonly P[],
): P {
  const named = (headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim());
  const offered = withoutToken(named);
  const chosen = spoken.find((one) => offered.includes(one));
  if (chosen !== undefined) return chosen;
  throw badRequest(
    `unable to negotiate protocol: client supports ${offered.join()}, server accepts ${spoken.join()}`,
  );
}

/**
 * Resolves when both sides speak WebSocket. Rejects with a `StatusError` for a handshake that is none, and with `ABORTED`
 * when the client has gone. The names of some
 * protocols of Kubernetes are no names for `ws`, so that it is not told of any, and the answer is written here.
 */
export function acceptWebSocket({ incoming, socket, head }: Upgrade, protocol: string): Promise<WebSocket> {
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: messageBytesMax,
    skipUTF8Validation: true,
  });
  server.on('headers', (lines) => lines.push(`Sec-WebSocket-Protocol: ${protocol}`));
  delete incoming.headers['sec-websocket-protocol'];
  return new Promise((resolve, reject) => {
    server.on('wsClientError', (error) =>
      reject(badRequest(`no handshake of a WebSocket: ${error.message}`)),
    );
    // Gives a WebSocket at once, or none at all where the connection is over.
    server.handleUpgrade(incoming, socket, head, resolve);
    reject(new MooringError('ABORTED', 'the client has gone'));
  });
}
