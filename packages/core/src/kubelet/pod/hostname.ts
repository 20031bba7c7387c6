import type { StoredPod } from '../../api/pod.ts';

const hostnameLengthMax = 63;

/** The pod's hostname: its own word for it or its name, cut to what a DNS label holds. */
export function hostnameOf(pod: StoredPod): string {
  const name = pod.spec.hostname ?? pod.metadata.name;
  return name.slice(0, hostnameLengthMax).replace(/[-.]+$/, '');
}
