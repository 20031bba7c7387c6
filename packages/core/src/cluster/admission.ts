/** The one path that every write takes: defaults, validation, immutability, and the checks of plugins. */

import { admitObject } from '../api/admit.ts';
import { type FieldError, FieldPath, invalidObjectMessage } from '../api/field-error.ts';
import type { ApiObject } from '../api/meta.ts';
import type { ConfigMap, Secret } from '../api/objects.ts';
import type { Pod } from '../api/pod.ts';
import { validateConfigMapUpdate, validateSecretUpdate } from '../api/validate-config.ts';
import { immutableMetadataErrors } from '../api/validate-meta.ts';
import { validatePodUpdate } from '../api/validate-pod-update.ts';
import { MooringError } from '../contract/error.ts';
import type { LoadedPlugins } from '../plugin/load-plugins.ts';
import { describeObject } from '../store/keys.ts';
import type { Admission } from '../store/object-store.ts';

/** Written by agents themselves, in numbers; nothing in them comes from a user. */
const ownKinds: ReadonlySet<string> = new Set(['Event']);

export interface AdmissionSurroundings {
  /** Nothing new may come into a namespace that is being emptied, or it would never be empty. */
  isTerminating(namespace: string): boolean;
}

export function createAdmission(plugins: LoadedPlugins, { isTerminating }: AdmissionSurroundings): Admission {
  const handlers = plugins.probers;
  return (object, old) => {
    const { namespace } = object.metadata;
    if (old === undefined && namespace !== undefined && isTerminating(namespace))
      throw namespaceTerminating(object, namespace);
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
  if (object.kind !== old.kind) return [];
  switch (object.kind) {
    case 'Pod':
      return validatePodUpdate(object as Pod, old as Pod, { handlers });
    case 'ConfigMap':
      return validateConfigMapUpdate(object as ConfigMap, old as ConfigMap);
    case 'Secret':
      return validateSecretUpdate(object as Secret, old as Secret);
    default:
      return [...immutableMetadataErrors(object.metadata, old.metadata, new FieldPath('metadata'))];
  }
}

function namespaceTerminating({ kind, metadata: { name = '' } }: ApiObject, namespace: string): MooringError {
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  return new MooringError('FORBIDDEN', `${describeObject({ kind, name })} is forbidden: ${why}`);
}

/** `Pod "web" is invalid: [spec.containers[0].image: Required value, ...]`, as the API server says it. */
export function invalidObject({ kind, metadata }: ApiObject, errors: readonly FieldError[]): MooringError {
  const name = metadata?.name ?? metadata?.generateName ?? '';
  return new MooringError('INVALID', invalidObjectMessage(kind, name, errors), { fields: errors });
}
