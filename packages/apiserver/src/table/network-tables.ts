/** `kubectl get svc,endpoints,endpointslices`. */

import type { EndpointSlice, Endpoints, Service } from '@mooring/core';
import { itemsOf, textAt } from '../json/fields.ts';
import { columns, joined, none, type TablePrinter } from './columns.ts';

export const serviceTable: TablePrinter<Service> = {
  columns: columns('Name', 'Type', 'Cluster-IP', 'External-IP', 'Port(s)', 'Age', 'Selector:wide'),
  cells(service, moment) {
    const { metadata, spec } = service;
    const selector = Object.entries(spec.selector ?? {}).map(([key, value]) => `${key}=${value}`);
    return [
      metadata.name ?? '',
      spec.type ?? 'ClusterIP',
      (spec.clusterIPs?.[0] ?? spec.clusterIP) || none,
      externalIP(service),
      joined((spec.ports ?? []).map(portText)),
      moment.ageOf(metadata.creationTimestamp),
      joined(selector.toSorted()),
    ];
  },
};

function portText({ port, nodePort, protocol = 'TCP' }: NonNullable<Service['spec']['ports']>[number]) {
  return nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`;
}

function externalIP({ spec, status }: Service): string {
  const external = spec.externalIPs ?? [];
  switch (spec.type) {
    case 'ExternalName':
      return spec.externalName ?? '';
    case 'LoadBalancer': {
      const ingress = itemsOf((status as { loadBalancer?: { ingress?: unknown } })?.loadBalancer?.ingress);
      const found = ingress.map((one) => textAt(one, 'ip') || textAt(one, 'hostname'));
      return joined([...found.filter((word) => word !== '').toSorted(), ...external], '<pending>');
    }
    default:
      return joined(external);
  }
}

const shownMax = 3;

export const endpointsTable: TablePrinter<Endpoints> = {
  columns: columns('Name', 'Endpoints', 'Age'),
  cells({ metadata, subsets = [] }, moment) {
    const all = subsets.flatMap(({ addresses = [], ports = [] }) =>
      ports.length === 0
        ? addresses.map(({ ip }) => ip)
        : ports.flatMap(({ port }) =>
            addresses.map(({ ip }) => `${ip.includes(':') ? `[${ip}]` : ip}:${port}`),
          ),
    );
    const more = all.length > shownMax ? ` + ${all.length - shownMax} more...` : '';
    return [
      metadata.name ?? '',
      joined(all.slice(0, shownMax)) + more,
      moment.ageOf(metadata.creationTimestamp),
    ];
  },
};

const unset = '<unset>';

export const endpointSliceTable: TablePrinter<EndpointSlice> = {
  columns: columns('Name', 'AddressType', 'Ports', 'Endpoints', 'Age'),
  cells({ metadata, addressType, endpoints = [], ports }, moment) {
    return [
      metadata.name ?? '',
      addressType,
      shortList((ports ?? []).map(({ port, name }) => (port === undefined ? name || '*' : String(port)))),
      shortList(endpoints.flatMap(({ addresses = [] }) => addresses)),
      moment.ageOf(metadata.creationTimestamp),
    ];
  },
};

function shortList(words: readonly string[]): string {
  const more = words.length > shownMax ? ` + ${words.length - shownMax} more...` : '';
  return joined(words.slice(0, shownMax), unset) + more;
}
