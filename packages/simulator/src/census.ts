/** A controller that changes nothing: by it the laws see what the controllers of a process know. */

import { type ControllerCaches, defineController, type Plugin, watchKind } from '@mooring/core';

export const countedKinds = {
  Pod: 'pods',
  Node: 'nodes',
  Service: 'services',
  ReplicaSet: 'replicasets',
  Deployment: 'deployments',
  EndpointSlice: 'endpointslices',
} as const;

/** `onCaches`: whenever controllers begin. */
export function census(onCaches: (caches: ControllerCaches) => void): Plugin {
  const controller = defineController({
    name: 'census',
    watches: [watchKind('Node', () => [])],
    reads: Object.keys(countedKinds),
    initialRequests: [{ namespace: undefined, name: 'all' }],
    reconcile: async (_, caches) => {
      onCaches(caches);
      return {};
    },
  });
  return { name: 'census', core: '^0.1.0', register: (registry) => registry.addController(controller) };
}
