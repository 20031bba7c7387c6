/** What is used by nodes and pods: the group that `kubectl top` asks. */

import type { ResourceInfo } from '../resources/resource-table.ts';

export const usageGroup = 'metrics.k8s.io';
export const usageVersion = 'v1beta1';

const common = {
  group: usageGroup,
  version: usageVersion,
  singular: '',
  verbs: ['get', 'list'],
  subresources: [],
};

export const usageResources: readonly ResourceInfo[] = [
  { ...common, resource: 'nodes', kind: 'NodeMetrics', isNamespaced: false },
  { ...common, resource: 'pods', kind: 'PodMetrics', isNamespaced: true },
];
