/** `fieldRef`: a field of the pod as text. Environment variables may name more fields than volumes. */

import type { Pod } from '../../api/pod.ts';
import { goQuote } from './go-quote.ts';
import { type Answer, found, missing, type Surroundings } from './surroundings.ts';

type Addresses = Pick<Surroundings, 'nodeName' | 'hostIP' | 'hostIPs' | 'podIP' | 'podIPs'>;

/** The fields that the environment of a container may show. */
export function environmentField(pod: Pod, fieldPath: string, addresses: Addresses): Answer<string> {
  switch (fieldPath) {
    case 'spec.nodeName':
    // Accepted by Kubernetes for clients of before v1.
    case 'spec.host':
      return found(addresses.nodeName);
    case 'spec.serviceAccountName':
      return found(pod.spec.serviceAccountName ?? '');
    case 'status.hostIP':
      return found(addresses.hostIP);
    case 'status.hostIPs':
      return found((addresses.hostIPs ?? [addresses.hostIP]).join(','));
    case 'status.podIP':
      return found(addresses.podIPs[0] ?? addresses.podIP);
    case 'status.podIPs':
      return found((addresses.podIPs.length > 0 ? addresses.podIPs : [addresses.podIP]).join(','));
    case 'metadata.labels':
    case 'metadata.annotations':
      // Admission refuses a whole map here; a pod that slipped past it gets the same words.
      return missing(`field label not supported: ${fieldPath}`);
    default:
      return metadataField(pod, fieldPath);
  }
}

/** The fields that a file of a downwardAPI volume may show: metadata only. */
export function volumeField(pod: Pod, fieldPath: string): Answer<string> {
  if (fieldPath === 'metadata.labels') return found(formatMap(pod.metadata.labels));
  if (fieldPath === 'metadata.annotations') return found(formatMap(pod.metadata.annotations));
  return metadataField(pod, fieldPath);
}

function metadataField(pod: Pod, fieldPath: string): Answer<string> {
  const { metadata } = pod;
  if (fieldPath === 'metadata.name') return found(metadata.name ?? '');
  if (fieldPath === 'metadata.namespace') return found(metadata.namespace ?? '');
  if (fieldPath === 'metadata.uid') return found(metadata.uid ?? '');
  const subscripted = /^(.+?)\['(.*)'\]$/s.exec(fieldPath);
  if (subscripted === null) return missing(`unsupported fieldPath: ${fieldPath}`);
  const [, path, key = ''] = subscripted;
  // A key that the pod does not carry is an empty text, as in Kubernetes.
  if (path === 'metadata.labels') return found(ownValue(metadata.labels, key));
  if (path === 'metadata.annotations') return found(ownValue(metadata.annotations, key));
  return missing(`field label does not support subscript: ${fieldPath}`);
}

function ownValue(map: Readonly<Record<string, string>> | undefined, key: string): string {
  return map !== undefined && Object.hasOwn(map, key) ? (map[key] ?? '') : '';
}

/** One `key="value"` a line, keys sorted, no newline at the end. */
function formatMap(map: Readonly<Record<string, string>> = {}): string {
  return Object.keys(map)
    .sort()
    .map((key) => `${key}=${goQuote(map[key] ?? '')}`)
    .join('\n');
}
