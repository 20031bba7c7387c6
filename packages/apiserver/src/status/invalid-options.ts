import { type FieldError, invalidObjectMessage } from '@mooring/core';
import { StatusError } from './status-error.ts';

/** The answer to a request whose parameters cannot be. `kind`: how Kubernetes calls them: `PatchOptions`. */
export function invalidOptions(kind: string, errors: readonly FieldError[]): StatusError {
  const causes = errors.map(({ field, type, message }) => ({ reason: type, message, field }));
  const group = 'meta.k8s.io';
  return new StatusError('Invalid', invalidObjectMessage(`${kind}.${group}`, '', errors), {
    group,
    kind,
    causes,
  });
}
