/** What the server has, told in the forms that clients ask for: lists for old ones, all at once for new ones. Pure. */

import { groupVersionOf, type ResourceInfo, type SubresourceInfo } from '../resources/resource-table.ts';

export function apiVersions(address: string): object {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
  };
}

export function groupList(resources: readonly ResourceInfo[]): object {
  const groups = groupNames(resources).map((name) => groupOf(name, resources));
  return { kind: 'APIGroupList', apiVersion: 'v1', groups };
}

/** `undefined` for a group that is not served. */
export function apiGroup(name: string, resources: readonly ResourceInfo[]): object | undefined {
  if (name === '' || !groupNames(resources).includes(name)) return undefined;
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(name, resources) };
}

/** `undefined` for a version that is not served. */
export function resourceList(groupVersion: string, resources: readonly ResourceInfo[]): object | undefined {
  const own = resources.filter((resource) => groupVersionOf(resource) === groupVersion);
  if (own.length === 0) return undefined;
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: own.flatMap(rowsOf) };
}

/** All that is in the core group, or all that is not. `version`: of the form, `v2` or `v2beta1`. */
export function aggregated(isCore: boolean, version: string, resources: readonly ResourceInfo[]): object {
  const names = isCore ? [''] : groupNames(resources);
  const items = names.map((name) => ({
    metadata: name === '' ? {} : { name },
    versions: versionsOf(name, resources).map((own) => ({
      version: own,
      resources: resources.filter((one) => one.group === name && one.version === own).map(aggregatedRow),
      freshness: 'Current',
    })),
  }));
  return { kind: 'APIGroupDiscoveryList', apiVersion: `apidiscovery.k8s.io/${version}`, metadata: {}, items };
}

function groupNames(resources: readonly ResourceInfo[]): readonly string[] {
  return [...new Set(resources.map(({ group }) => group))].filter((name) => name !== '');
}

function versionsOf(group: string, resources: readonly ResourceInfo[]): readonly string[] {
  return [...new Set(resources.filter((one) => one.group === group).map(({ version }) => version))];
}

function groupOf(name: string, resources: readonly ResourceInfo[]): object {
  const versions = versionsOf(name, resources).map((version) => ({
    groupVersion: `${name}/${version}`,
    version,
  }));
  return { name, versions, preferredVersion: versions[0] };
}

function rowsOf(info: ResourceInfo): readonly object[] {
  const { resource, singular, kind, isNamespaced, verbs, shortNames, categories, subresources } = info;
  const row = { name: resource, singularName: singular, namespaced: isNamespaced, kind, verbs };
  return [
    { ...row, ...(shortNames && { shortNames }), ...(categories && { categories }) },
    ...subresources.map(({ name, verbs: own, ...foreign }) => ({
      name: `${resource}/${name}`,
      singularName: '',
      namespaced: isNamespaced,
      ...foreign,
      verbs: own,
    })),
  ];
}

function aggregatedRow(info: ResourceInfo): object {
  const { group, version, resource, singular, kind, isNamespaced, verbs, shortNames, categories } = info;
  const kindOf = (sub: SubresourceInfo) => ({
    group: sub.group ?? group,
    version: sub.version ?? version,
    kind: sub.kind,
  });
  const subresources = info.subresources.map((sub) => ({
    subresource: sub.name,
    responseKind: kindOf(sub),
    verbs: sub.verbs,
  }));
  return {
    resource,
    responseKind: { group, version, kind },
    scope: isNamespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs,
    ...(shortNames && { shortNames }),
    ...(categories && { categories }),
    ...(subresources.length > 0 && { subresources }),
  };
}
