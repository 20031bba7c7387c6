import type { StoredPod } from '../../api/pod.ts';

const lists = ['initContainers', 'ephemeralContainers'] as const;

/** How an event names the container that it is about: `spec.containers{web}`. */
export function containerFieldPath({ spec }: StoredPod, name: string): string {
  const list = lists.find((one) => spec[one]?.some((container) => container.name === name));
  return `spec.${list ?? 'containers'}{${name}}`;
}
