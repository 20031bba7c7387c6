/** Small workloads for the tests of this folder. */

import { admitObject, admitUpdate } from '../../src/api/admit.ts';
import { formatFieldError } from '../../src/api/field-error.ts';
import type { ApiObject } from '../../src/api/meta.ts';
import type { Json } from './pod-examples.ts';

export type WorkloadKind = 'ReplicationController' | 'ReplicaSet' | 'Deployment';

export const workloadKinds: readonly WorkloadKind[] = ['ReplicationController', 'ReplicaSet', 'Deployment'];

export const labels = { app: 'web' };

/** Labelled `app=web`, with one container and more fields in its spec. */
export function podTemplate(spec: Json = {}, metadata: Json = { labels }): Json {
  return { metadata, spec: { containers: [{ name: 'web', image: 'nginx:1.27' }], ...spec } };
}

export function workload(kind: WorkloadKind, spec: Json = {}, metadata: Json = {}): Json {
  const isMap = kind === 'ReplicationController';
  return {
    apiVersion: isMap ? 'v1' : 'apps/v1',
    kind,
    metadata: { name: 'web', namespace: 'default', ...metadata },
    spec: { selector: isMap ? labels : { matchLabels: labels }, template: podTemplate(), ...spec },
  };
}

/** The object as it is stored. */
export function admitted(manifest: unknown): ApiObject {
  const { object, errors } = admitObject(manifest);
  if (object === undefined) throw new Error(errors.map(formatFieldError).join('\n'));
  return object;
}

/** Every line that admission says about a manifest. */
export function objectComplaints(manifest: unknown): readonly string[] {
  return admitObject(manifest).errors.map(formatFieldError);
}

export function objectWarnings(manifest: unknown): readonly string[] {
  return admitObject(manifest).warnings.map(formatFieldError);
}

/** Every line that is said about an update from one manifest to another. */
export function updateComplaints(manifest: unknown, stored: unknown): readonly string[] {
  return admitUpdate(manifest, admitted(stored)).errors.map(formatFieldError);
}
