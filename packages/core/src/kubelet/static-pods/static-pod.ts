/** What becomes of a pod that was read from a folder: it belongs to this node and is named after it. */

import { createHash } from 'node:crypto';
import { formatTime } from '../../api/meta.ts';
import type { Pod, StoredPod, Toleration } from '../../api/pod.ts';

export const configAnnotations = {
  source: 'kubernetes.io/config.source',
  hash: 'kubernetes.io/config.hash',
  seen: 'kubernetes.io/config.seen',
} as const;

export interface StaticPodOrigin {
  readonly file: string;
  readonly nodeName: string;
  /** When the agent first read the pod in this form. */
  readonly seenMs: number;
}

export type NamedPod = Pod & { readonly metadata: { readonly name: string } };

export function isNamed(pod: Pod): pod is NamedPod {
  return pod.metadata.name !== undefined && pod.metadata.name !== '';
}

/**
 * The pod as the agent runs it. Its UID, unless it brings one, is made from its content, the node and the file: an
 * edited pod is another pod, and the same pod is the same one after a restart of the agent.
 */
export function staticPod(pod: NamedPod, origin: StaticPodOrigin): StoredPod {
  const { metadata, spec } = pod;
  const hash = contentHash(pod, origin);
  const uid = metadata.uid || hash;
  const seen = new Date(origin.seenMs).toISOString();
  return {
    ...pod,
    metadata: {
      ...metadata,
      name: `${metadata.name}-${origin.nodeName.toLowerCase()}`,
      namespace: metadata.namespace || 'default',
      uid,
      creationTimestamp: metadata.creationTimestamp ?? formatTime(origin.seenMs),
      annotations: {
        ...metadata.annotations,
        [configAnnotations.source]: 'file',
        [configAnnotations.hash]: hash,
        [configAnnotations.seen]: seen,
      },
    },
    spec: { ...spec, nodeName: origin.nodeName, tolerations: withNoExecute(spec.tolerations ?? []) },
  };
}

/** Trouble of the node must not drive away a pod that nobody could put elsewhere. */
function withNoExecute(tolerations: readonly Toleration[]): readonly Toleration[] {
  const isIt = ({ key, operator, effect }: Toleration) =>
    (key ?? '') === '' && operator === 'Exists' && effect === 'NoExecute';
  return tolerations.some(isIt) ? tolerations : [...tolerations, { operator: 'Exists', effect: 'NoExecute' }];
}

function contentHash(pod: Pod, origin: StaticPodOrigin): string {
  const hash = createHash('sha256').update(JSON.stringify(sorted(pod)));
  return hash.update(`host:${origin.nodeName}file:${origin.file}`).digest('hex').slice(0, 32);
}

/** The order of keys in the file says nothing. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
