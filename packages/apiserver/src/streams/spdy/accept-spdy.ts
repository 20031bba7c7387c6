/** The handshake of an upgrade to SPDY/3.1. */

import type { ApiRequest } from '../../request/api-request.ts';
import type { Upgrade } from '../../serve/subresource-handler.ts';
import { badRequest, StatusError } from '../../status/status-error.ts';

function wantsSpdy({ headers }: Pick<ApiRequest, 'headers'>): boolean {
  return /^spdy\/3\.1$/i.test(headers.upgrade ?? '');
}

/** Throws a `StatusError` when the client offers nothing that is spoken here; afterwards both sides speak SPDY. */
export function acceptSpdy(
  { headers }: Pick<ApiRequest, 'headers'>,
  { socket }: Upgrade,
  protocol: string,
): void {
  if (!wantsSpdy({ headers })) throw badRequest('Upgrade request required');
  const offered = [headers['x-stream-protocol-version'] ?? []].flat().flatMap((line) => line.split(','));
  if (!offered.some((one) => one.trim() === protocol))
    throw new StatusError(
      'Forbidden',
      `unable to negotiate protocol: client supports ${offered.join()}, server accepts ${protocol}`,
    );
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n' +
      `X-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
  );
}
