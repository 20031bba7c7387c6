/** What built-in controllers are called, apart from them: a node by itself never loads those. */
export const builtInControllerNames = [
  'replicaset',
  'replicationcontroller',
  'deployment',
  'endpoints',
  'endpointslice',
  'garbage',
  'namespace',
  'node-lifecycle',
  'taint-eviction',
  'pod-gc',
] as const;
