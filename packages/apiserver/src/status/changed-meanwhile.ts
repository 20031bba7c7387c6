/** The answer to a write that was made for another state of its object than the current one. */

import { qualifiedResource, type ResourceName, StatusError } from './status-error.ts';

const changed = 'the object has been modified; please apply your changes to the latest version and try again';

/** Throws a `StatusError` where a version is wanted that is not the current one; an empty one says nothing. */
export function checkVersion(target: ResourceName, wanted: string, current: string | undefined): void {
  if (wanted !== '' && wanted !== current) throw conflict(target, changed);
}

/** Throws a `StatusError` where another object of the same name is meant; an empty UID means any. */
export function checkUID(target: ResourceName, wanted: string, current: string): void {
  if (wanted !== '' && wanted !== current)
    throw conflict(
      target,
      `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${current}`,
    );
}

/** What is applied is meant for an object that has gone. */
export function uidOfNothing(target: ResourceName, uid: string): StatusError {
  return conflict(
    target,
    `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
  );
}

function conflict(target: ResourceName, why: string): StatusError {
  const { group, resource, name = '' } = target;
  const what = `${qualifiedResource(target)} ${JSON.stringify(name)}`;
  return new StatusError('Conflict', `Operation cannot be fulfilled on ${what}: ${why}`, {
    name,
    ...(group !== '' && { group }),
    kind: resource,
  });
}
