import type { ApiServerOptions } from '@mooring/apiserver';
import { UserError } from '../user-error.ts';

type AccessRule = NonNullable<ApiServerOptions['access']>[number];

const roles = ['admin', 'edit', 'view', 'node'] as const;

/** `{ ann: 'edit in shop', 'group:ops': 'view' }`. Throws a `UserError`. */
export function parseAccess(access: Readonly<Record<string, string>>): readonly AccessRule[] {
  return Object.entries(access).map(([who, what]) => {
    const [, word, namespace] = /^(\w+)(?: in (\S+))?$/.exec(what.trim()) ?? [];
    const role = roles.find((known) => known === word);
    if (role === undefined || (role === 'node' && namespace !== undefined))
      throw new UserError(`api.access: ${who}: must be a role, not ${JSON.stringify(what)}`, {
        next: `It is one of ${roles.join(', ')}, or one for a namespace: "edit in shop".`,
      });
    const group = who.startsWith('group:') ? who.slice('group:'.length) : undefined;
    return {
      role,
      ...(group === undefined ? { user: who } : { group }),
      ...(namespace !== undefined && { namespace }),
    };
  });
}
