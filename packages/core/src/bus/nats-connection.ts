/** Connecting to NATS: the options that a user gives, and one connection that comes back by itself. */

import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import {
  type Authenticator,
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  DebugEvents,
  ErrorCode,
  Events,
  type NatsConnection,
  nkeyAuthenticator,
  type Status,
} from 'nats';
import { errorMessage, MooringError } from '../contract/error.ts';
import type { Logger } from '../contract/logger.ts';
import { followStatus } from '../engine/follow-status.ts';
import { systemRandom } from '../engine/system-clock.ts';
import { NatsSockets } from './nats-sockets.ts';

/** How the servers and this client prove who they are; all are paths of PEM files. */
export interface NatsTlsOptions {
  /** Path of the certificates that the server's is checked against; the system's when not given. */
  readonly caFile?: string;
  /** Paths of the client's own certificate and key, where the server asks for one. */
  readonly certFile?: string;
  readonly keyFile?: string;
}

/** How to reach the servers. At most one of `user`, `token`, `nkeySeed` and `credsFile`. */
export interface NatsOptions {
  /** `nats://host:4222`; several of one cluster, or one of them: the others are learnt from it. */
  readonly servers: string | readonly string[];
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  /** Seed of an nkey: `SU...`. */
  readonly nkeySeed?: string;
  /** Path of a credentials file with a user JWT and its seed. It is read again for each connection: a JWT ends. */
  readonly credsFile?: string;
  /** Refuses servers without TLS. Also implied by `tls://` before one of the servers, for all of them. */
  readonly tls?: true | NatsTlsOptions;
  /** Prefix of the subjects on which answers come, where permissions ask for one: `_INBOX_a1`. */
  readonly inboxPrefix?: string;
  /** Shown in the server's monitoring. */
  readonly name?: string;
  /** For the first connection, in milliseconds. 5 s when not given. */
  readonly connectMsMax?: number;
  /** A connection over which nothing comes for so long, in milliseconds, is given up and made anew. 15 s when not given. */
  readonly silenceMsMax?: number;
}

/** Pause between attempts to connect again, and how much longer it may be by chance: not everybody is to come at once. */
const reconnectMs = { min: 100, spread: 100 };
/** The same when the servers have been away for long, or do not let us in: that is not over in a moment. */
const patientReconnectMs = { min: 1000, spread: 1000 };
const attemptsQuickMax = 50;
const connectMsMaxDefault = 5000;

/** The client's own default would take a network that swallows everything for a quiet one for up to 6 minutes. */
const silenceMsMaxDefault = 15_000;

/** Questions without an answer after which a connection counts as lost: with the next one that would be due. */
const pingsOutMax = 2;

/**
 * Rejects with `TRANSPORT_UNAVAILABLE` when no server can be reached, with `TRANSPORT_REFUSED` when one does not let us
 * in; both name the servers. Afterwards a lost connection is made again for as long as it takes, also while the servers
 * refuse us: whoever was locked out by mistake is back when that is mended.
 */
export async function connectNats(
  options: NatsOptions,
  { noEcho, logger }: { readonly noEcho: boolean; readonly logger: Logger },
): Promise<NatsConnection> {
  const servers = [options.servers].flat();
  try {
    const attempts = new Attempts();
    const connection = await connect({
      ...(await clientOptions(options)),
      servers: [...servers],
      noEcho,
      reconnectDelayHandler: () => attempts.pauseMs(),
    });
    void follow(connection, attempts, logger);
    return connection;
  } catch (error) {
    throw connectError(error, servers);
  }
}

async function clientOptions(options: NatsOptions): Promise<ConnectionOptions> {
  const { user, password, token, inboxPrefix, name } = options;
  // The client takes the scheme off, and would speak in the clear to a server that lets it.
  const tls = options.tls ?? ([options.servers].flat().some(isOverTLS) ? true : undefined);
  const authenticator = await authenticatorOf(options);
  return {
    timeout: options.connectMsMax ?? connectMsMaxDefault,
    pingInterval: (options.silenceMsMax ?? silenceMsMaxDefault) / (pingsOutMax + 1),
    maxPingOut: pingsOutMax,
    maxReconnectAttempts: -1,
    // The client would close a connection for good that was refused twice.
    ignoreAuthErrorAbort: true,
    waitOnFirstConnect: false,
    // A stack trace for each request would take a third of the time of a write; errors name the subject or key anyhow.
    noAsyncTraces: true,
    ...(user !== undefined && { user }),
    ...(password !== undefined && { pass: password }),
    ...(token !== undefined && { token }),
    ...(authenticator !== undefined && { authenticator }),
    ...(inboxPrefix !== undefined && { inboxPrefix }),
    ...(name !== undefined && { name }),
    ...(tls !== undefined && { tls: tls === true ? {} : { ...tls } }),
  };
}

function isOverTLS(server: string): boolean {
  return /^tls:/i.test(server);
}

async function authenticatorOf({ nkeySeed, credsFile }: NatsOptions): Promise<Authenticator | undefined> {
  if (nkeySeed !== undefined) return nkeyAuthenticator(new TextEncoder().encode(nkeySeed));
  if (credsFile !== undefined) return credentialsOf(credsFile, await readFile(credsFile));
  return undefined;
}

/** What the file says at the time; what it said last while it cannot be read. */
function credentialsOf(path: string, first: Uint8Array): Authenticator {
  let known = first;
  return (nonce) => {
    try {
      const now = readFileSync(path);
      const proof = credsAuthenticator(now)(nonce);
      known = now;
      return proof;
    } catch {
      // Somebody is just replacing it, or has removed it: the servers say whether the old ones still do.
      return credsAuthenticator(known)(nonce);
    }
  };
}

/** How often a lost connection was tried again in vain. */
class Attempts {
  isAway = false;
  private count = 0;
  private isRefused = false;

  note({ type, data }: Status): void {
    if (type === Events.Disconnect) this.isAway = true;
    if (type === Events.Reconnect) {
      this.count = 0;
      this.isRefused = false;
      this.isAway = false;
    } else if (type === DebugEvents.Reconnecting) this.count += 1;
    else if (type === Events.Error && refusals.has(String(data))) this.isRefused = true;
  }

  pauseMs(): number {
    const isPatient = this.isRefused || this.count > attemptsQuickMax;
    const { min, spread } = isPatient ? patientReconnectMs : reconnectMs;
    return min + systemRandom.next() * spread;
  }
}

function connectError(error: unknown, servers: readonly string[]): MooringError {
  const where = servers.join(', ');
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  if (refusals.has(String(code))) {
    const words = `NATS at ${where} refuses the connection: ${errorMessage(error)}: check user, password, token, nkey or certificate`;
    return new MooringError('TRANSPORT_REFUSED', words, { cause: error });
  }
  // A server that has as many connections as it takes says so, but the client does not hand it on.
  const also = code === ErrorCode.Timeout ? ', and does it take more connections (max_connections)' : '';
  const words = `NATS at ${where} cannot be reached: ${errorMessage(error)}: is nats-server running there${also}?`;
  return new MooringError('TRANSPORT_UNAVAILABLE', words, { cause: error });
}

/** Codes of the client library. */
const refusals: ReadonlySet<string> = new Set([
  'AUTHORIZATION_VIOLATION',
  'AUTHENTICATION_EXPIRED',
  'AUTHENTICATION_TIMEOUT',
  'ACCOUNT_EXPIRED',
  'PERMISSIONS_VIOLATION',
  'BAD_AUTHENTICATION',
  'BAD_CREDS',
  'SECURE_CONN_REQUIRED',
  'SERVER_OPT_NA',
  'TLS',
]);

/** Tells in the log when the connection goes and comes, and clears away what attempts leave behind. Ends with it. */
async function follow(connection: NatsConnection, attempts: Attempts, logger: Logger): Promise<void> {
  const sockets = new NatsSockets(connection);
  await followStatus(connection, (status) => {
    sockets.noteAttempt();
    // The client says it once for each attempt that was refused.
    const isAgain = status.type === Events.Reconnect && !attempts.isAway;
    attempts.note(status);
    if (!isAgain) tell(status, logger);
  });
  sockets.end();
}

function tell({ type, data, permissionContext }: Status, logger: Logger): void {
  const fields = { component: 'nats', state: String(type), server: String(data) };
  if (permissionContext !== undefined) {
    const { operation, subject } = permissionContext;
    logger.warn({ ...fields, key: subject }, `no permission for this ${operation}`);
  } else if (type === Events.Disconnect || type === Events.Error) logger.warn(fields, 'connection to NATS');
  else if (type === Events.Reconnect) logger.info(fields, 'connection to NATS');
  else logger.debug(fields, 'connection to NATS');
}
