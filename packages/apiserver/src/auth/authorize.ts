/** May this user do that? If not, the answer says who may not do what. */

import type { ObjectStore } from '@mooring/core';
import type { ApiRequest, User } from '../request/api-request.ts';
import { qualifiedResource, StatusError } from '../status/status-error.ts';
import { isAnonymous, unauthorized } from './authenticate.ts';
import { mayNode, nodeNameOf } from './node-rules.ts';
import { type AccessRule, type Attributes, builtInRules, mayEdit, mayView, type Role } from './roles.ts';
import { isSelfReview } from './self-reviews.ts';

/** Whether a server lives is nobody's secret. */
const openPaths: ReadonlySet<string> = new Set(['/healthz', '/livez', '/readyz', '/version']);

export class Authorizer {
  private readonly rules: readonly AccessRule[];
  private readonly objects: ObjectStore;

  constructor(objects: ObjectStore, rules: readonly AccessRule[] = []) {
    this.objects = objects;
    this.rules = [...builtInRules, ...rules];
  }

  /** Throws a `StatusError` for what is not for this user. */
  async check(request: ApiRequest): Promise<void> {
    const { target, user, verb, signal } = request;
    if (target.type === 'path') {
      if (openPaths.has(target.path) || this.mayPath(user, verb, target.path)) return;
      throw isAnonymous(user) ? unauthorized() : forbiddenPath(user, verb, target.path);
    }
    const selector = request.query.get('fieldSelector') ?? '';
    if (await this.may(user, { ...target, verb }, selector, signal)) return;
    throw isAnonymous(user) ? unauthorized() : forbidden(user, { ...target, verb });
  }

  async may(
    user: User,
    attributes: Attributes,
    fieldSelector: string,
    signal: AbortSignal,
  ): Promise<boolean> {
    for (const { role, namespace } of this.rulesOf(user)) {
      if (namespace !== undefined && namespace !== attributes.namespace) continue;
      if (role === 'admin') return true;
      if (role === 'edit' && mayEdit(attributes)) return true;
      if (role === 'view' && mayView(attributes)) return true;
      const node = role === 'node' ? nodeNameOf(user.name) : undefined;
      if (node === undefined) continue;
      if (await mayNode(this.objects, node, { ...attributes, fieldSelector }, signal)) return true;
    }
    return attributes.verb === 'create' && isSelfReview(attributes) && !isAnonymous(user);
  }

  /** May do everything everywhere. */
  isAdministrator(user: User): boolean {
    return this.rulesOf(user).some(({ role, namespace }) => role === 'admin' && namespace === undefined);
  }

  /** Those that count in a namespace. */
  rolesIn(user: User, namespace: string): readonly Role[] {
    const own = this.rulesOf(user).filter((rule) => (rule.namespace ?? namespace) === namespace);
    return [...new Set(own.map(({ role }) => role))];
  }

  /** The node whose agent the user is, where that is all that the user is. */
  nodeOf(user: User): string | undefined {
    const roles = this.rulesOf(user).map(({ role }) => role);
    return roles.length > 0 && roles.every((role) => role === 'node') ? nodeNameOf(user.name) : undefined;
  }

  /** What the server is and has may be read by all whom it knows; what it counts, by those who may read everything. */
  private mayPath(user: User, verb: string, path: string): boolean {
    if (isAnonymous(user) && !this.rulesOf(user).some(({ role }) => role === 'admin')) return false;
    if (verb !== 'get' && verb !== 'head') return this.rulesOf(user).some(({ role }) => role === 'admin');
    if (path !== '/metrics') return true;
    return this.rulesOf(user).some(({ role, namespace }) => role !== 'node' && namespace === undefined);
  }

  private rulesOf({ name, groups }: User): readonly AccessRule[] {
    return this.rules.filter(
      ({ user, group }) => user === name || (group !== undefined && groups.includes(group)),
    );
  }
}

export function forbidden(user: User, attributes: Attributes): StatusError {
  const { group, resource, name, verb, namespace, subresource } = attributes;
  const what = subresource === undefined ? resource : `${resource}/${subresource}`;
  const where =
    namespace === undefined ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  const named = name === undefined ? '' : ` ${JSON.stringify(name)}`;
  const message =
    `${qualifiedResource({ group, resource })}${named} is forbidden: User ${JSON.stringify(user.name)} cannot ${verb} ` +
    `resource ${JSON.stringify(what)} in API group ${JSON.stringify(group)} ${where}`;
  return new StatusError('Forbidden', message, {
    ...(name !== undefined && { name }),
    ...(group !== '' && { group }),
    kind: resource,
  });
}

function forbiddenPath({ name }: User, verb: string, path: string): StatusError {
  const message = `forbidden: User ${JSON.stringify(name)} cannot ${verb} path ${JSON.stringify(path)}`;
  return new StatusError('Forbidden', message, {});
}
