/** The containers of a pod, of all its lists. */

import { type Container, isSidecar, type PodSpec } from './pod.ts';

export type ContainerRole = 'app' | 'sidecar' | 'init';

/** In the order of the spec, init containers first; without ephemeral ones. */
export function allContainers({ spec }: { readonly spec: PodSpec }): readonly Container[] {
  return spec.initContainers === undefined ? spec.containers : [...spec.initContainers, ...spec.containers];
}

/** `container` is one of those of the pod, the very object. */
export function roleOf({ spec }: { readonly spec: PodSpec }, container: Container): ContainerRole {
  if (!spec.initContainers?.includes(container)) return 'app';
  return isSidecar(container) ? 'sidecar' : 'init';
}
