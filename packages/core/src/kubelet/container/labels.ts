/** The recovery record: what an agent that starts needs to know of a container that it did not make. */

import type { Labels } from '../../api/meta.ts';
import type { Container, StoredPod } from '../../api/pod.ts';
import { specHash, specHashLabel } from './spec-hash.ts';

export const nodeLabel = 'mooring/node';
export const podUIDLabel = 'io.kubernetes.pod.uid';
export const podNameLabel = 'io.kubernetes.pod.name';
export const podNamespaceLabel = 'io.kubernetes.pod.namespace';
export const containerNameLabel = 'io.kubernetes.container.name';
const restartCountLabel = 'mooring/restart-count';

export function podLabels(nodeName: string, pod: StoredPod): Labels {
  const { uid, name, namespace } = pod.metadata;
  return { [nodeLabel]: nodeName, [podUIDLabel]: uid, [podNameLabel]: name, [podNamespaceLabel]: namespace };
}

export function containerLabels(
  nodeName: string,
  pod: StoredPod,
  container: Container,
  attempt: number,
): Labels {
  // Not by spread: in V8 11 the labels of every container would have a shape of their own.
  return Object.assign({}, podLabels(nodeName, pod), {
    [containerNameLabel]: container.name,
    [restartCountLabel]: String(attempt),
    [specHashLabel]: specHash(container),
  });
}
