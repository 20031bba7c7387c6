/** The containers of a pod, of all its lists. */

import { type Container, isSidecar, type PodSpec } from './pod.ts';

export type ContainerRole = 'app' | 'sidecar' | 'init' | 'ephemeral';

/** In the order of the spec: init containers, app containers, and those that somebody has added to look into the pod. */
export function allContainers({ spec }: { readonly spec: PodSpec }): readonly Container[] {
  const own = ownContainers({ spec });
  return spec.ephemeralContainers ? [...own, ...spec.ephemeralContainers] : own;
}

/** Those that the pod was made with: init and app containers. */
export function ownContainers({ spec }: { readonly spec: PodSpec }): readonly Container[] {
  return spec.initContainers === undefined ? spec.containers : [...spec.initContainers, ...spec.containers];
}

/** `container` is one of those of the pod, the very object. */
export function roleOf({ spec }: { readonly spec: PodSpec }, container: Container): ContainerRole {
  if (isEphemeral(spec, container)) return 'ephemeral';
  if (!spec.initContainers?.includes(container)) return 'app';
  return isSidecar(container) ? 'sidecar' : 'init';
}

/** Added to the pod while it was there; runs once. `container` is one of those of the pod, the very object. */
export function isEphemeral({ ephemeralContainers }: PodSpec, container: Container): boolean {
  return ephemeralContainers?.includes(container) ?? false;
}
