/** An answer on the raw socket of a request that wanted another protocol. */

import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { StatusError } from '../status/status-error.ts';

/** A plain HTTP answer: clients try another protocol, and show this one when none is left. */
export function refuseUpgrade(socket: Duplex, { code, body }: StatusError): void {
  const payload = `${JSON.stringify(body)}\n`;
  socket.end(
    `HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ''}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(payload)}\r\nConnection: close\r\n\r\n${payload}`,
  );
}
