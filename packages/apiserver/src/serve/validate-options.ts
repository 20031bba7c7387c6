/** What is wrong with the options of a server, before it is started. */

import { didYouMean, MooringError } from '@mooring/core';
import type { TokenUser } from '../auth/authenticate.ts';
import type { AccessRule } from '../auth/roles.ts';
import type { TLSOptions } from '../http/http-server.ts';
import type { FeedLimits } from '../resources/stored-resources.ts';
import type { ApiServerOptions } from './server-options.ts';

/** Throws `INVALID`, with everything that is wrong. */
export function validateServerOptions(options: ApiServerOptions): void {
  // An access rule whose namespace is misspelt would count everywhere: what is not known comes first.
  const unknown = [...unknownOf(options)];
  const problems = unknown.length > 0 ? unknown : [...problemsOf(options)];
  if (problems.length > 0) throw new MooringError('INVALID', `createApiServer: ${problems.join('; ')}`);
}

type Names<T> = Readonly<Record<keyof T, true>>;

const optionNames: Names<ApiServerOptions> = {
  cluster: true,
  host: true,
  port: true,
  tls: true,
  tokens: true,
  access: true,
  bodyBytesMax: true,
  requestMsMax: true,
  requestsMax: true,
  watches: true,
  subresources: true,
  clock: true,
  random: true,
  logger: true,
};
const tlsNames: Names<TLSOptions> = { key: true, cert: true, clientCA: true };
const tokenNames: Names<TokenUser> = { token: true, name: true, groups: true };
const accessNames: Names<AccessRule> = { user: true, group: true, role: true, namespace: true };
const watchNames: Names<FeedLimits> = {
  historyMax: true,
  pendingMax: true,
  bookmarkMs: true,
  partingMs: true,
};

/** Whoever writes without types may give anything. */
function* unknownOf(options: ApiServerOptions): Iterable<string> {
  if (typeof options !== 'object' || options === null) {
    yield 'needs options: { cluster }';
    return;
  }
  yield* strangersIn(options, optionNames, '');
  const { cluster, tls, tokens = [], access = [], watches } = options;
  if (typeof cluster?.objects !== 'object') yield 'cluster: must be what createCluster gave back';
  if (tls !== undefined) yield* strangersIn(tls, tlsNames, 'tls.');
  if (watches !== undefined) yield* strangersIn(watches, watchNames, 'watches.');
  for (const [i, token] of tokens.entries()) yield* strangersIn(token, tokenNames, `tokens[${i}].`);
  for (const [i, rule] of access.entries()) yield* strangersIn(rule, accessNames, `access[${i}].`);
}

function* strangersIn(given: object, known: object, prefix: string): Iterable<string> {
  const names = Object.keys(known);
  for (const name of Object.keys(given))
    if (!names.includes(name)) yield `${prefix}${name}: unknown option${didYouMean(name, names)}`;
}

const roles: readonly string[] = ['admin', 'edit', 'view', 'node'];
const tokenCharsMin = 16;

function* problemsOf(options: ApiServerOptions): Iterable<string> {
  const { host = '127.0.0.1', port = 0, tls, tokens = [], access = [] } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) yield 'port: must be a number from 0 to 65535';
  if (!isLoopback(host)) {
    if (tls === undefined)
      yield `host: ${host} is reached from other hosts: give tls, or listen on 127.0.0.1`;
    if (tokens.length === 0 && tls?.clientCA === undefined)
      yield `host: ${host} is reached from other hosts: give tokens, or tls.clientCA, to say who may come in`;
  }
  for (const [i, { token, name }] of tokens.entries()) {
    if (token.length < tokenCharsMin || /\s/.test(token))
      yield `tokens[${i}].token: must be at least ${tokenCharsMin} characters without blanks`;
    if (name === '') yield `tokens[${i}].name: must not be empty`;
  }
  if (new Set(tokens.map(({ token }) => token)).size < tokens.length) yield 'tokens: the same token twice';
  for (const [i, { user, group, role, namespace }] of access.entries()) {
    if ((user === undefined) === (group === undefined)) yield `access[${i}]: must name a user or a group`;
    if (!roles.includes(role)) yield `access[${i}].role: must be one of ${roles.join(', ')}`;
    if (role === 'node' && namespace !== undefined) yield `access[${i}].namespace: a node is in none`;
  }
  for (const name of ['bodyBytesMax', 'requestMsMax', 'requestsMax'] as const) {
    const value = options[name];
    if (value !== undefined && !(value > 0)) yield `${name}: must be greater than 0`;
  }
}

/** Only processes of this host reach it. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}
