/** `kubectl --as ann`: an administrator in the place of somebody else, with their rights and no others. */

import type { IncomingMessage } from 'node:http';
import type { User } from '../request/api-request.ts';
import { badRequest } from '../status/status-error.ts';
import { isAnonymous } from './authenticate.ts';
import { type Authorizer, forbidden } from './authorize.ts';

const prefix = 'impersonate-';

/**
 * Who the request is to be taken for: `user`, where it names nobody else. Never ignored: what was meant to be tried with
 * the rights of somebody else would be done with those of an administrator. Throws a `StatusError` where `user` may not.
 */
export function impersonated(
  user: User,
  incoming: Pick<IncomingMessage, 'headers' | 'headersDistinct'>,
  authorizer: Pick<Authorizer, 'isAdministrator'>,
): User {
  const asked = Object.keys(incoming.headers).filter((name) => name.startsWith(prefix));
  if (asked.length === 0) return user;
  // Read from the connection anew when it is asked for, which hardly any request needs.
  const headers = incoming.headersDistinct;
  const [name = ''] = headers[`${prefix}user`] ?? [];
  if (name === '') throw badRequest(`${asked.join(', ')}: the request does not say whom it impersonates`);
  if (!authorizer.isAdministrator(user))
    throw forbidden(user, { verb: 'impersonate', group: '', resource: 'users', name });
  const groups = headers[`${prefix}group`] ?? [];
  const always = isAnonymous({ name, groups }) ? 'system:unauthenticated' : 'system:authenticated';
  return { name, groups: [...new Set([...groups, always])], impersonatedBy: user.name };
}
