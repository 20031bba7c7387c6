/** How the client is to reach an engine, from its address and the variables that every client of Docker heeds. */

import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { MooringError } from '@mooring/core';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Connection {
  readonly socketPath?: string;
  readonly host?: string;
  readonly port?: string;
  readonly protocol: 'http' | 'https';
  /** In PEM: whom the engine is to be vouched for by, and who this client is. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

const plainPort = '2375';
const securePort = '2376';

/** Throws `INVALID` when `DOCKER_CERT_PATH` names no certificates. */
export function connectionTo(address: string, environment: Environment): Connection {
  if (address.startsWith('unix://')) return { socketPath: address.slice('unix://'.length), protocol: 'http' };
  const { hostname, port } = urlOf(address);
  const isSecure =
    address.startsWith('https:') || (address.startsWith('tcp:') && !!environment['DOCKER_TLS_VERIFY']);
  return {
    ...{ host: hostname, port: port || (isSecure ? securePort : plainPort) },
    protocol: isSecure ? 'https' : 'http',
    ...(isSecure && certificates(environment)),
  };
}

/** Whether there is a host in it, and a port that can be one. */
export function isAddress(address: string): boolean {
  if (/^unix:\/\/\/./.test(address)) return true;
  return /^(?:tcp|https?):\/\/[^/]+\/?$/.test(address) && URL.canParse(plainUrl(address));
}

function urlOf(address: string): URL {
  return new URL(plainUrl(address));
}

/** Of no protocol that has a usual port: what is written is what counts. */
function plainUrl(address: string): string {
  return address.replace(/^\w+:/, 'tcp:');
}

/** Those of `DOCKER_CERT_PATH`, which are meant; those in the usual folder, as far as they are there. */
function certificates(environment: Environment): Pick<Connection, 'ca' | 'cert' | 'key'> {
  const named = environment['DOCKER_CERT_PATH'];
  const folder = named || join(homedir(), '.docker');
  const found: { ca?: string; cert?: string; key?: string } = {};
  for (const name of ['ca', 'cert', 'key'] as const) {
    const text = textOf(join(folder, `${name}.pem`));
    if (text !== undefined) found[name] = text;
  }
  if (named && Object.keys(found).length === 0)
    throw new MooringError(
      'INVALID',
      `DOCKER_CERT_PATH: there is no ca.pem, cert.pem or key.pem in ${named} that can be read`,
    );
  return found;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The engine, or this host's list of authorities, may do without it.
    return undefined;
  }
}
