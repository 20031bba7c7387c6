/** `127.0.0.1:10250`, `[::1]:10250`, `:10250` (all addresses), `10250` (this host only). */

import { MooringError } from '@mooring/core/words';

/** Where a server listens. */
export interface ListenAddress {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

/** Throws `INVALID`. */
export function parseListenAddress(text: string): ListenAddress {
  const found = /^(?:(?:\[(?<six>[^\]]+)\]|(?<host>[^:]*)):)?(?<port>\d{1,5})$/.exec(text)?.groups;
  const port = Number(found?.['port'] ?? Number.NaN);
  if (found === undefined || !(port <= 65_535)) {
    const rule = 'must be an address and a port, such as 127.0.0.1:10250';
    throw new MooringError('INVALID', `invalid address ${JSON.stringify(text)}: ${rule}`);
  }
  const { six, host } = found;
  if (six === undefined && host === undefined) return { host: '127.0.0.1', port };
  return { host: six ?? (host === '' ? '0.0.0.0' : (host ?? '')), port };
}
