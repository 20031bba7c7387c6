/** Certificates for test servers, made once; nothing trusts them and the key guards nothing. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type CertificateKind = 'self-signed' | 'expired' | 'other-host';

/** Options for `tls.createServer`. */
export function certificateOf(kind: CertificateKind): { readonly key: string; readonly cert: string } {
  return { key: read('key'), cert: read(kind) };
}

function read(name: string): string {
  return readFileSync(join(import.meta.dirname, 'certificates', `${name}.pem`), 'utf8');
}
