/** Which lists of API objects are merged item by item in a strategic merge patch, and by which field of the items. */

/** By the name of the list. Lists of that name that are no lists of objects are not touched by it. */
const byField: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  ephemeralContainers: 'name',
  volumes: 'name',
  env: 'name',
  imagePullSecrets: 'name',
  schedulingGates: 'name',
  volumeMounts: 'mountPath',
  volumeDevices: 'devicePath',
  hostAliases: 'ip',
  podIPs: 'ip',
  hostIPs: 'ip',
  topologySpreadConstraints: 'topologyKey',
  conditions: 'type',
  ownerReferences: 'uid',
  addresses: 'type',
};

const containerLists: ReadonlySet<string> = new Set(['containers', 'initContainers', 'ephemeralContainers']);

/** Lists of plain values whose items are united instead of replaced. */
const primitiveLists: ReadonlySet<string> = new Set(['finalizers', 'podCIDRs']);

/**
 * The merge key of the list at this path of an object, given as the names of the fields that lead to it; `undefined` for
 * a list that a patch replaces as a whole. The table is that of Kubernetes' API types.
 *
 * @internal
 */
export function mergeKeyOf(kind: string, path: readonly string[]): string | undefined {
  const field = path.at(-1) ?? '';
  const parent = path.at(-2) ?? '';
  if (field === 'ports') {
    if (containerLists.has(parent)) return 'containerPort';
    return kind === 'Service' && parent === 'spec' ? 'port' : undefined;
  }
  // An EndpointSlice and an Endpoints object have addresses too, which are no conditions of a node.
  if (field === 'addresses' && kind !== 'Node') return undefined;
  return byField[field];
}

/**
 * Whether a strategic merge adds to the list of plain values at this path (`finalizers`) instead of replacing it.
 *
 * @internal
 */
export function isMergedPrimitiveList(path: readonly string[]): boolean {
  return primitiveLists.has(path.at(-1) ?? '');
}
