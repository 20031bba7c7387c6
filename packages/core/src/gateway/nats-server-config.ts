/** The configuration of NATS servers for isolated mode: one account for the control plane and one for each node. */

import { nkeys } from 'nats';
import { dns1123SubdomainProblems } from '../api/names.ts';
import { MooringError } from '../contract/error.ts';
import {
  accountOf,
  apiPattern,
  inboxPrefixOf,
  nodePatterns,
  nodeTokenPosition,
  streamPattern,
} from './gateway-subjects.ts';

/** The certificates of the servers. */
export interface NatsServerTls {
  /** Paths on the servers' hosts. */
  readonly certFile: string;
  readonly keyFile: string;
  /** With it clients need a certificate that was signed by one of these. */
  readonly caFile?: string;
}

/** For which nodes a configuration is made, and how servers listen. */
export interface NatsServerConfigOptions {
  /** Names of all nodes. */
  readonly nodes: readonly string[];
  /** `nkey` when not given: the configuration then holds no secret. With `password` it does. */
  readonly auth?: 'nkey' | 'password';
  /** Users of an earlier configuration, who keep their credentials. Others get new ones. */
  readonly users?: readonly NatsUser[];
  /** `127.0.0.1:4222` when not given. Any other address than a loopback one needs `tls`. */
  readonly listen?: string;
  readonly tls?: NatsServerTls;
  /** Lets passwords and objects travel in the clear to other hosts. For networks that are guarded otherwise. */
  readonly acceptPlaintext?: boolean;
  /** Where JetStream keeps its data. `/var/lib/nats` when not given. */
  readonly storeDir?: string;
  /** Further lines at the end, such as `cluster { ... }`. */
  readonly further?: string;
}

/** Who may connect: what `nats({ ... })` takes of it. A secret: never logged. */
export interface NatsUser {
  /** Of the node; absent for the control plane. */
  readonly node?: string;
  readonly nkeySeed?: string;
  readonly user?: string;
  readonly password?: string;
  readonly inboxPrefix?: string;
}

/** A configuration of nats-server, and who may connect under it. */
export interface NatsServerConfig {
  readonly text: string;
  /** The control plane first, then the nodes as they were given. */
  readonly users: readonly NatsUser[];
}

interface KeyPair {
  getPublicKey(): string;
  getSeed(): Uint8Array;
}

const keys: { createUser(): KeyPair; fromSeed(seed: Uint8Array): KeyPair } = nkeys;

/**
 * The text for `nats-server -c`, and the credentials of every user in it. A new node is a new call with one more name,
 * the users so far, and `nats-server --signal reload` twice: servers connect a new account with the second one only. Throws
 * `INVALID` for names that no node can have, and for an address that others reach without `tls`.
 */
export function natsServerConfig(options: NatsServerConfigOptions): NatsServerConfig {
  checkOptions(options);
  const { auth = 'nkey', users: known = [] } = options;
  const userOf = (node?: string): NatsUser => {
    const before = known.find((user) => user.node === node);
    const isUsable =
      before !== undefined && (auth === 'nkey' ? before.nkeySeed : before.password) !== undefined;
    return isUsable ? before : newUser(node, auth);
  };
  const control = userOf();
  const nodes = options.nodes.map((node) => ({ node, user: userOf(node) }));
  const accounts = [
    controlAccount(control),
    ...nodes.map(({ node, user }) => nodeAccount(node, user)),
    '  SYS {}',
  ];
  const text = [
    ...serverLines(options),
    'system_account: SYS',
    'accounts {',
    accounts.join('\n'),
    '}',
    ...(options.further === undefined ? [] : [options.further]),
    '',
  ].join('\n');
  return { text, users: [control, ...nodes.map(({ user }) => user)] };
}

function checkOptions({
  nodes,
  listen = listenDefault,
  tls,
  acceptPlaintext,
}: NatsServerConfigOptions): void {
  for (const node of nodes) {
    const [problem] = dns1123SubdomainProblems(node);
    if (problem !== undefined)
      throw new MooringError('INVALID', `nodes: ${JSON.stringify(node)}: ${problem}`);
  }
  if (new Set(nodes).size !== nodes.length)
    throw new MooringError('INVALID', 'nodes: two of them have the same name');
  if (isLoopback(listen) || tls !== undefined || acceptPlaintext) return;
  const words = `others would read everything: give tls, or acceptPlaintext where the network is guarded otherwise`;
  throw new MooringError('INVALID', `listen: ${listen} without TLS: ${words}`);
}

function newUser(node: string | undefined, auth: 'nkey' | 'password'): NatsUser {
  const seed = new TextDecoder().decode(keys.createUser().getSeed());
  const place = node === undefined ? {} : { node, inboxPrefix: inboxPrefixOf(node) };
  if (auth === 'nkey') return { ...place, nkeySeed: seed };
  // A seed is 32 random bytes in letters and digits, which is what a password should be.
  return { ...place, user: node === undefined ? 'control-plane' : `node-${node}`, password: seed };
}

const listenDefault = '127.0.0.1:4222';

function serverLines({
  listen = listenDefault,
  storeDir = '/var/lib/nats',
  tls,
}: NatsServerConfigOptions): string[] {
  return [
    `listen: ${quoted(listen)}`,
    'max_payload: 1MB',
    'max_connections: 4096',
    'max_control_line: 4KB',
    'ping_interval: "20s"',
    `jetstream { store_dir: ${quoted(storeDir)} }`,
    ...(tls === undefined ? [] : tlsLines(tls)),
  ];
}

function tlsLines({ certFile, keyFile, caFile }: NatsServerTls): string[] {
  return [
    'tls {',
    `  cert_file: ${quoted(certFile)}`,
    `  key_file: ${quoted(keyFile)}`,
    ...(caFile === undefined ? [] : [`  ca_file: ${quoted(caFile)}`, '  verify: true']),
    '  timeout: 5',
    '}',
  ];
}

/** It owns the streams, and lends each node the subjects that carry its name. */
function controlAccount(user: NatsUser): string {
  return `  STORE {
    jetstream: enabled
    users: [ { ${identity(user)} } ]
    exports: [
      { service: ${quoted(apiPattern)}, account_token_position: ${nodeTokenPosition} }
      { stream: ${quoted(streamPattern)}, account_token_position: ${nodeTokenPosition} }
    ]
  }`;
}

/** No JetStream, and nothing of others: a forged reply subject stays in here. */
function nodeAccount(node: string, user: NatsUser): string {
  const { api, stream } = nodePatterns(node);
  const hears = [`${inboxPrefixOf(node)}.>`, stream].map(quoted).join(', ');
  return `  ${quoted(accountOf(node))} {
    limits { max_connections: 8, max_subscriptions: 64, max_payload: 1MB }
    users: [ { ${identity(user)}, permissions: { publish: { allow: [${quoted(api)}] }, subscribe: { allow: [${hears}] } } } ]
    imports: [
      { service: { account: STORE, subject: ${quoted(api)} } }
      { stream: { account: STORE, subject: ${quoted(stream)} } }
    ]
  }`;
}

function identity({ nkeySeed, user = '', password = '' }: NatsUser): string {
  if (nkeySeed === undefined) return `user: ${quoted(user)}, password: ${quoted(password)}`;
  return `nkey: ${keys.fromSeed(new TextEncoder().encode(nkeySeed)).getPublicKey()}`;
}

function isLoopback(listen: string): boolean {
  return /^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])(?::\d+)?$/.test(listen);
}

function quoted(text: string): string {
  if (/["\\\n\r]/.test(text))
    throw new MooringError('INVALID', `${JSON.stringify(text)} cannot stand in a configuration`);
  return `"${text}"`;
}
