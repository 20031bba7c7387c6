/** Who sends a request: by a token, by a certificate, or nobody in particular. */

import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { User } from '../request/api-request.ts';
import { StatusError } from '../status/status-error.ts';

/** Who comes with a bearer token. */
export interface TokenUser {
  /** As it comes behind `Bearer`. */
  readonly token: string;
  readonly name: string;
  readonly groups?: readonly string[];
}

export interface Credentials {
  readonly tokens: readonly TokenUser[];
  /** Nobody has to say who they are, and whoever does not may do everything. */
  readonly isOpen: boolean;
}

const anonymous: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

/** Throws Unauthorized for a token or a certificate that is wrong: its sender believes to be somebody. */
export function createAuthenticator({ tokens, isOpen }: Credentials): (incoming: IncomingMessage) => User {
  // By their hash, so that the time that a search takes says nothing about a token.
  const byHash = new Map(tokens.map((user) => [hashOf(user.token), user]));
  return (incoming) => {
    if (isOpen) refuseStrangers(incoming);
    const { authorization } = incoming.headers;
    const token = /^Bearer +(\S+)\s*$/i.exec(authorization ?? '')?.[1] ?? tokenOfProtocols(incoming);
    if (token !== undefined) {
      const known = byHash.get(hashOf(token));
      if (known !== undefined) return userOf(known.name, known.groups ?? []);
      if (!isOpen) throw unauthorized();
    } else if (authorization !== undefined && !isOpen) throw unauthorized();
    const certified = certifiedUser(incoming);
    if (certified !== undefined) return certified;
    return isOpen ? { ...anonymous, groups: [...anonymous.groups, 'system:masters'] } : anonymous;
  };
}

/**
 * Pages of the web reach a loopback address through the browser of whoever works there, under a name that leads to it or with
 * the origin of the page. Throws Forbidden for both.
 */
function refuseStrangers({ headers }: IncomingMessage): void {
  const { host = '', origin } = headers;
  if (!/^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/i.test(host))
    throw new StatusError('Forbidden', `a server without credentials is for this host only, not for ${host}`);
  if (origin !== undefined && origin.replace(/^https?:\/\//, '') !== host)
    throw new StatusError('Forbidden', `a server without credentials does not serve pages of ${origin}`);
}

const tokenProtocol = 'base64url.bearer.authorization.k8s.io.';

/** What else is offered beside a token. */
export function withoutToken(protocols: readonly string[]): readonly string[] {
  return protocols.filter((one) => !one.startsWith(tokenProtocol));
}

/** Pages of the web may not say in a header who opens a WebSocket, but among its protocols. */
function tokenOfProtocols({ headers }: IncomingMessage): string | undefined {
  const protocols = (headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim());
  const encoded = protocols.find((one) => one.startsWith(tokenProtocol))?.slice(tokenProtocol.length);
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64url').toString();
}

export function isAnonymous({ name }: User): boolean {
  return name === anonymous.name;
}

export function unauthorized(): StatusError {
  return new StatusError('Unauthorized', 'Unauthorized');
}

/**
 * The name in a certificate is the user, its organisations are the groups. Throws Unauthorized for one that has expired, or
 * that somebody else has signed.
 */
function certifiedUser({ socket }: IncomingMessage): User | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  // There is none any more of a connection that has broken.
  const subject = socket.getPeerCertificate()?.subject;
  if (subject === undefined) return undefined;
  if (!socket.authorized) throw unauthorized();
  const { CN, O } = subject;
  const [name] = [CN ?? []].flat();
  if (name === undefined || name === '') return undefined;
  return userOf(name, [O ?? []].flat());
}

function userOf(name: string, groups: readonly string[]): User {
  return { name, groups: [...groups, 'system:authenticated'] };
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
