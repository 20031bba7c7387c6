import type { StoredPod } from '../../api/pod.ts';

/** How an event names the container that it is about: `spec.containers{web}`. */
export function containerFieldPath({ spec }: StoredPod, name: string): string {
  const list = spec.initContainers?.some((one) => one.name === name) ? 'initContainers' : 'containers';
  return `spec.${list}{${name}}`;
}
