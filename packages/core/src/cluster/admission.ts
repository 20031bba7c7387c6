/** The one path that every write takes: defaults, validation, immutability, and the checks of plugins. */

import { admitObject } from '../api/admit.ts';
import { type FieldError, formatFieldError } from '../api/field-error.ts';
import type { ApiObject } from '../api/meta.ts';
import type { Pod } from '../api/pod.ts';
import { validatePodUpdate } from '../api/validate-pod-update.ts';
import { MooringError } from '../contract/error.ts';
import type { LoadedPlugins } from '../plugin/load-plugins.ts';
import type { Admission } from '../store/object-store.ts';

/** Written by agents themselves, in numbers; nothing in them comes from a user. */
const ownKinds: ReadonlySet<string> = new Set(['Event']);

export function createAdmission(plugins: LoadedPlugins): Admission {
  const handlers = plugins.probers;
  return (object, old) => {
    if (ownKinds.has(object.kind)) return object;
    const { status, ...wanted } = object as ApiObject & { readonly status?: unknown };
    const admitted = admitObject(wanted, { handlers });
    const errors: FieldError[] = [...admitted.errors];
    if (admitted.object !== undefined) {
      if (old !== undefined) errors.push(...updateErrors(admitted.object, old, handlers));
      errors.push(...plugins.admit(admitted.object));
    }
    if (errors.length > 0 || admitted.object === undefined) throw invalidObject(object, errors);
    // What a client sends as status was taken care of before; it is the business of those who own it.
    return status === undefined ? admitted.object : ({ ...admitted.object, status } as ApiObject);
  };
}

function updateErrors(
  object: ApiObject,
  old: ApiObject,
  handlers: LoadedPlugins['probers'],
): readonly FieldError[] {
  if (object.kind !== 'Pod' || old.kind !== 'Pod') return [];
  return validatePodUpdate(object as Pod, old as Pod, { handlers });
}

/** `Pod "web" is invalid: [spec.containers[0].image: Required value, ...]`, as the API server says it. */
export function invalidObject(object: ApiObject, errors: readonly FieldError[]): MooringError {
  const distinct = [...new Map(errors.map((error) => [formatFieldError(error), error])).values()];
  const lines = distinct.map(formatFieldError);
  const list = lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`;
  const name = object.metadata?.name ?? object.metadata?.generateName ?? '';
  return new MooringError('INVALID', `${object.kind} ${JSON.stringify(name)} is invalid: ${list}`, {
    fields: distinct,
  });
}
