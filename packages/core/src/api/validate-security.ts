/** Security contexts of pods and containers. */

import type { Draft } from './draft.ts';
import { type FieldPath, invalid } from './field-error.ts';
import { type FieldErrors, oneOf, withinRange } from './field-rules.ts';
import type { PodSpec, SecurityContext } from './pod.ts';

const idMax = 2_147_483_647;

export function* containerSecurityErrors(context: Draft<SecurityContext>, path: FieldPath): FieldErrors {
  yield* idErrors(context.runAsUser, path.child('runAsUser'));
  yield* idErrors(context.runAsGroup, path.child('runAsGroup'));
  if (context.allowPrivilegeEscalation !== false) return;
  if (context.privileged === true)
    yield invalid(path, context, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true');
  if (context.capabilities?.add?.includes('CAP_SYS_ADMIN')) {
    const detail = 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN';
    yield invalid(path, context, detail);
  }
}

export function* podSecurityErrors(
  context: NonNullable<Draft<PodSpec>['securityContext']>,
  path: FieldPath,
): FieldErrors {
  for (const field of ['fsGroup', 'runAsUser', 'runAsGroup'] as const)
    yield* idErrors(context[field], path.child(field));
  const { supplementalGroups, fsGroupChangePolicy } = context;
  if (Array.isArray(supplementalGroups))
    for (const [i, group] of supplementalGroups.entries())
      yield* idErrors(group, path.child('supplementalGroups').index(i));
  if (typeof fsGroupChangePolicy === 'string')
    yield* oneOf(path.child('fsGroupChangePolicy'), fsGroupChangePolicy, ['Always', 'OnRootMismatch']);
}

function* idErrors(id: unknown, path: FieldPath): FieldErrors {
  if (typeof id === 'number') yield* withinRange(path, id, 0, idMax);
}
