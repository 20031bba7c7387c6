/** Which pod and container a request means, and where they run. */

import type { Container, PodTarget, StoredPod } from '@mooring/core';
import type { ApiRequest } from '../request/api-request.ts';
import type { ResourceTarget } from '../request/parse-target.ts';
import type { ServerParts } from '../serve/server-parts.ts';
import { badRequest, notFound } from '../status/status-error.ts';

export interface LocatedPod {
  readonly pod: StoredPod;
  /** The node that it is bound to. */
  readonly node: string;
  readonly target: PodTarget;
}

/** Rejects with a `StatusError` for a pod that is not there, or not on any node yet. */
export async function podOfRequest(
  { cluster }: ServerParts,
  target: ResourceTarget,
  signal: AbortSignal,
): Promise<LocatedPod> {
  const { namespace = 'default', name = '' } = target;
  const pod = await cluster.objects.get('Pod', namespace, name, signal);
  if (pod === undefined) throw notFound(target);
  const node = pod.spec.nodeName;
  if (node === undefined || node === '') throw badRequest(`pod ${name} does not have a host assigned`);
  return { pod, node, target: { namespace, podName: name, podUID: pod.metadata.uid } };
}

const defaultContainer = 'kubectl.kubernetes.io/default-container';

/** Throws a `StatusError` for a container that the pod has not, and where none is named of several. */
export function containerOfRequest(
  { metadata, spec }: StoredPod,
  { query }: Pick<ApiRequest, 'query'>,
): Container {
  const { containers, initContainers = [], ephemeralContainers = [] } = spec;
  const { name: pod } = metadata;
  const asked = query.get('container') || metadata.annotations?.[defaultContainer] || '';
  if (asked === '' && containers.length === 1) return containers[0] as Container;
  const found = [...containers, ...initContainers, ...ephemeralContainers].find(({ name }) => name === asked);
  if (found !== undefined) return found;
  if (asked !== '') throw badRequest(`container ${asked} is not valid for pod ${pod}`);
  const names = (list: readonly Container[]) => `[${list.map(({ name }) => name).join(' ')}]`;
  const others = Object.entries({ init: initContainers, ephemeral: ephemeralContainers })
    .filter(([, list]) => list.length > 0)
    .map(([role, list]) => ` or one of the ${role} containers: ${names(list)}`);
  throw badRequest(
    `a container name must be specified for pod ${pod}, choose one of: ${names(containers)}${others.join('')}`,
  );
}
