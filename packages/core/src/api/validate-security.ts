/** Security contexts of pods and containers. */

import type { Draft } from './draft.ts';
import { duplicate, type FieldPath, invalid, required } from './field-error.ts';
import { type FieldErrors, oneOf, withinRange } from './field-rules.ts';
import type { PodSecurityContext, SeccompProfile, SecurityContext, Sysctl } from './pod.ts';

const idMax = 2_147_483_647;

export function* containerSecurityErrors(context: Draft<SecurityContext>, path: FieldPath): FieldErrors {
  yield* idErrors(context.runAsUser, path.child('runAsUser'));
  yield* idErrors(context.runAsGroup, path.child('runAsGroup'));
  yield* seccompErrors(context.seccompProfile, path.child('seccompProfile'));
  if (context.allowPrivilegeEscalation !== false) return;
  if (context.privileged === true)
    yield invalid(path, context, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true');
  if (context.capabilities?.add?.includes('CAP_SYS_ADMIN')) {
    const detail = 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN';
    yield invalid(path, context, detail);
  }
}

export function* podSecurityErrors(context: Draft<PodSecurityContext>, path: FieldPath): FieldErrors {
  for (const field of ['fsGroup', 'runAsUser', 'runAsGroup'] as const)
    yield* idErrors(context[field], path.child(field));
  yield* seccompErrors(context.seccompProfile, path.child('seccompProfile'));
  const { sysctls = [], supplementalGroups = [], fsGroupChangePolicy } = context;
  yield* sysctlErrors(sysctls, path.child('sysctls'));
  for (const [i, group] of supplementalGroups.entries())
    yield* idErrors(group, path.child('supplementalGroups').index(i));
  if (fsGroupChangePolicy !== undefined)
    yield* oneOf(path.child('fsGroupChangePolicy'), fsGroupChangePolicy, ['Always', 'OnRootMismatch']);
}

const seccompTypes = ['Localhost', 'RuntimeDefault', 'Unconfined'];

function* seccompErrors(profile: Draft<SeccompProfile> | undefined, path: FieldPath): FieldErrors {
  if (!profile) return;
  const { type, localhostProfile } = profile;
  if (!type) yield required(path.child('type'), 'type is required when seccompProfile is set');
  else yield* oneOf(path.child('type'), type, seccompTypes);
  const at = path.child('localhostProfile');
  if (type === 'Localhost' && !localhostProfile)
    yield required(at, 'must be set when seccomp type is Localhost');
  if (type !== 'Localhost' && localhostProfile)
    yield invalid(at, localhostProfile, 'can only be set when seccomp type is Localhost');
}

const sysctlPattern = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/;
const sysctlLengthMax = 253;

function* sysctlErrors(sysctls: readonly Draft<Sysctl>[], path: FieldPath): FieldErrors {
  const seen = new Set<string>();
  for (const [i, { name = '' }] of sysctls.entries()) {
    const at = path.index(i).child('name');
    if (name === '') yield required(at);
    else if (name.length > sysctlLengthMax || !sysctlPattern.test(name))
      yield invalid(
        at,
        name,
        `must have at most ${sysctlLengthMax} characters and match regex ${sysctlPattern.source}`,
      );
    else if (seen.has(name)) yield duplicate(at, name);
    seen.add(name);
  }
}

function* idErrors(id: number | undefined, path: FieldPath): FieldErrors {
  if (id !== undefined) yield* withinRange(path, id, 0, idMax);
}
