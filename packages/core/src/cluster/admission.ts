/** The one path that every write takes: defaults, validation, immutability, and the checks of plugins. */

import { type AdmitOptions, admitObject, admitUpdate, statusErrors } from '../api/admit.ts';
import { type FieldError, invalidObjectMessage } from '../api/field-error.ts';
import type { ApiObject } from '../api/meta.ts';
import type { Pod } from '../api/pod.ts';
import { MooringError } from '../contract/error.ts';
import type { LoadedPlugins } from '../plugin/load-plugins.ts';
import { namespaceTerminating } from '../store/namespace-life.ts';
import type { Admission, StatusAdmission } from '../store/object-store.ts';
import { createTolerationDefaults, type TolerationSeconds } from './default-tolerations.ts';
import { NewPods } from './new-pods.ts';

/** Written by agents themselves, in numbers; nothing in them comes from a user. */
const ownKinds: ReadonlySet<string> = new Set(['Event']);

/** What a new object of these kinds has as status says nothing: it would be that of another one, of the same manifest. */
const statusOfControllers: ReadonlySet<string> = new Set([
  'ReplicationController',
  'ReplicaSet',
  'Deployment',
  'Service',
]);

export interface AdmissionSurroundings {
  /** Nothing new may come into a namespace that is being emptied, or it would never be empty. */
  isTerminating(namespace: string): boolean;
  /** How long pods stay on a node that is not ready or cannot be reached, where they do not say it themselves. */
  readonly tolerationSeconds?: TolerationSeconds;
  /** Where pods go that name no node; absent where a scheduler decides that. */
  readonly onlyNode?: string | undefined;
}

export function createAdmission(
  plugins: LoadedPlugins,
  { isTerminating, tolerationSeconds, onlyNode }: AdmissionSurroundings,
): Admission {
  const handlers = plugins.probers;
  const withTolerations = createTolerationDefaults(tolerationSeconds);
  const options = { handlers, isQuiet: true };
  const newPods = new NewPods((pod) => withTolerations(withNode(pod, onlyNode)), options);
  const admitted = (object: ApiObject, old: ApiObject | undefined, how: AdmitOptions) => {
    const isPod = object.kind === 'Pod';
    if (old === undefined)
      return isPod
        ? newPods.admit(object as Pod, how.isDecoded === true)
        : admitObject(object, { ...options, ...how });
    return admitUpdate(isPod ? withTolerations(object as Pod) : object, old, { ...options, ...how });
  };
  return (object, old, { isDecoded = false, subresource } = {}) => {
    const how = { isDecoded, ...(subresource === 'ephemeralcontainers' && { subresource }) };
    const { namespace } = object.metadata;
    if (old === undefined && namespace !== undefined && isTerminating(namespace))
      throw namespaceTerminating(object, namespace);
    if (ownKinds.has(object.kind)) return object;
    const { status } = object as { readonly status?: unknown };
    const result = admitted('status' in object ? withoutStatus(object) : object, old, how);
    const errors: FieldError[] = [...result.errors];
    if (result.object !== undefined) errors.push(...plugins.admit(result.object));
    if (errors.length > 0 || result.object === undefined) throw invalidObject(object, errors);
    const isNew = old === undefined;
    if (status === undefined || (isNew && statusOfControllers.has(object.kind))) return result.object;
    // What a client sends as status was taken care of before; it is the business of those who own it.
    return { ...result.object, status } as ApiObject;
  };
}

function withoutStatus(object: ApiObject): ApiObject {
  const { status: _, ...rest } = object as ApiObject & { readonly status?: unknown };
  return rest;
}

function withNode(pod: Pod, nodeName: string | undefined): Pod {
  return nodeName === undefined || pod.spec?.nodeName ? pod : { ...pod, spec: { ...pod.spec, nodeName } };
}

/** Refuses a status that cannot be true: a wrong type, more pods ready than there are. */
export const admitStatus: StatusAdmission = (object, old) => {
  if (ownKinds.has(object.kind)) return;
  const errors = statusErrors(object, old);
  if (errors.length > 0) throw invalidObject(object, errors);
};

/** `Pod "web" is invalid: [spec.containers[0].image: Required value, ...]`, as the API server says it. */
export function invalidObject({ kind, metadata }: ApiObject, errors: readonly FieldError[]): MooringError {
  const name = metadata?.name ?? metadata?.generateName ?? '';
  return new MooringError('INVALID', invalidObjectMessage(kind, name, errors), { fields: errors });
}
