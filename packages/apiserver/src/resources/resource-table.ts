/** The resources that are served, as discovery tells them. */

export interface SubresourceInfo {
  /** `status` */
  readonly name: string;
  readonly kind: string;
  /** Where the kind is not of the group and version of the resource. */
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
}

export interface ResourceInfo {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** Plural. */
  readonly resource: string;
  readonly singular: string;
  readonly kind: string;
  readonly isNamespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly subresources: readonly SubresourceInfo[];
}

const allVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const statusVerbs = ['get', 'patch', 'update'];
const inAll = ['all'];

type Given = Pick<ResourceInfo, 'kind'> & Partial<ResourceInfo> & { readonly hasStatus?: boolean };

function resource(
  groupVersion: string,
  plural: string,
  { kind, hasStatus = false, subresources = [], ...given }: Given,
): ResourceInfo {
  const [version = '', group = ''] = groupVersion.split('/').reverse();
  const status = { name: 'status', kind, verbs: statusVerbs };
  return {
    group,
    version,
    resource: plural,
    singular: kind.toLowerCase(),
    kind,
    isNamespaced: true,
    verbs: allVerbs,
    ...given,
    subresources: [...(hasStatus ? [status] : []), ...subresources],
  };
}

const scale: SubresourceInfo = {
  name: 'scale',
  kind: 'Scale',
  group: 'autoscaling',
  version: 'v1',
  verbs: statusVerbs,
};

const podSubresources: readonly SubresourceInfo[] = [
  { name: 'eviction', kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] },
  { name: 'binding', kind: 'Binding', verbs: ['create'] },
  { name: 'ephemeralcontainers', kind: 'Pod', verbs: statusVerbs },
];

const pods = {
  kind: 'Pod',
  shortNames: ['po'],
  categories: inAll,
  hasStatus: true,
  subresources: podSubresources,
};

/** Every resource behind which there are objects of the store. */
export const storedResources: readonly ResourceInfo[] = [
  resource('v1', 'pods', pods),
  resource('v1', 'replicationcontrollers', {
    kind: 'ReplicationController',
    shortNames: ['rc'],
    categories: inAll,
    hasStatus: true,
    subresources: [scale],
  }),
  resource('v1', 'services', { kind: 'Service', shortNames: ['svc'], categories: inAll, hasStatus: true }),
  resource('v1', 'endpoints', { kind: 'Endpoints', shortNames: ['ep'] }),
  resource('v1', 'nodes', { kind: 'Node', isNamespaced: false, shortNames: ['no'], hasStatus: true }),
  resource('v1', 'events', { kind: 'Event', shortNames: ['ev'] }),
  resource('v1', 'namespaces', {
    kind: 'Namespace',
    isNamespaced: false,
    shortNames: ['ns'],
    hasStatus: true,
    // One that is deleted is emptied first: that is asked of one at a time.
    verbs: allVerbs.filter((verb) => verb !== 'deletecollection'),
    subresources: [{ name: 'finalize', kind: 'Namespace', verbs: ['update'] }],
  }),
  resource('v1', 'configmaps', { kind: 'ConfigMap', shortNames: ['cm'] }),
  resource('v1', 'secrets', { kind: 'Secret' }),
  resource('apps/v1', 'replicasets', {
    kind: 'ReplicaSet',
    shortNames: ['rs'],
    categories: inAll,
    hasStatus: true,
    subresources: [scale],
  }),
  resource('apps/v1', 'deployments', {
    kind: 'Deployment',
    shortNames: ['deploy'],
    categories: inAll,
    hasStatus: true,
    subresources: [scale],
  }),
  resource('discovery.k8s.io/v1', 'endpointslices', { kind: 'EndpointSlice' }),
  resource('coordination.k8s.io/v1', 'leases', { kind: 'Lease' }),
];

export function groupVersionOf({ group, version }: Pick<ResourceInfo, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}
