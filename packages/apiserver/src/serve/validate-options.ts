/** What is wrong with the options of a server, before it is started. */

import { MooringError } from '@mooring/core';
import type { ApiServerOptions } from './server-options.ts';

/** Throws `INVALID`, with everything that is wrong. */
export function validateServerOptions(options: ApiServerOptions): void {
  const problems = [...problemsOf(options)];
  if (problems.length > 0) throw new MooringError('INVALID', `createApiServer: ${problems.join('; ')}`);
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
