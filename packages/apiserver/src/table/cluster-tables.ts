/** `kubectl get nodes,events,ns,cm,secrets,leases`. */

import type { ConfigMap, KubeEvent, Lease, Namespace, NodeObject, Secret } from '@mooring/core';
import { numberAt, textAt } from '../json/fields.ts';
import { columns, joined, none, type TablePrinter } from './columns.ts';

export const nodeTable: TablePrinter<NodeObject> = {
  columns: columns(
    'Name',
    'Status',
    'Roles',
    'Age',
    'Version',
    'Internal-IP:wide',
    'External-IP:wide',
    'OS-Image:wide',
    'Kernel-Version:wide',
    'Container-Runtime:wide',
  ),
  cells(node, moment) {
    const { metadata, status } = node;
    const address = (wanted: string) =>
      status?.addresses?.find(({ type }) => type === wanted)?.address || none;
    const info = (field: string) => status?.nodeInfo?.[field] || '<unknown>';
    return [
      metadata.name ?? '',
      nodeStatus(node),
      joined(roles(node)),
      moment.ageOf(metadata.creationTimestamp),
      status?.nodeInfo?.['kubeletVersion'] ?? '',
      address('InternalIP'),
      address('ExternalIP'),
      info('osImage'),
      info('kernelVersion'),
      info('containerRuntimeVersion'),
    ];
  },
};

function nodeStatus({ spec, status }: NodeObject): string {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const word = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return spec?.unschedulable === true ? `${word},SchedulingDisabled` : word;
}

const rolePrefix = 'node-role.kubernetes.io/';

function roles({ metadata: { labels = {} } }: NodeObject): readonly string[] {
  const found = Object.entries(labels).flatMap(([key, value]) => {
    if (key.startsWith(rolePrefix) && key.length > rolePrefix.length) return [key.slice(rolePrefix.length)];
    return key === 'kubernetes.io/role' && value !== '' ? [value] : [];
  });
  return [...new Set(found)].toSorted();
}

export const eventTable: TablePrinter<KubeEvent> = {
  columns: columns(
    'Last Seen',
    'Type',
    'Reason',
    'Object',
    'Subobject:wide',
    'Source:wide',
    'Message',
    'First Seen:wide',
    'Count:wide:integer',
    'Name:wide',
  ),
  cells(event, moment) {
    const { metadata, involvedObject, source, count } = event;
    const first = event.firstTimestamp || textAt(event, 'eventTime');
    const last = textAt(event, 'series', 'lastObservedTime') || event.lastTimestamp || first;
    const component = source?.component || event.reportingComponent || '';
    const host = source?.host || event.reportingInstance || '';
    return [
      moment.ageOf(last),
      event.type ?? '',
      event.reason ?? '',
      `${involvedObject.kind?.toLowerCase()}/${involvedObject.name}`,
      involvedObject.fieldPath ?? '',
      host === '' ? component : `${component}, ${host}`,
      (event.message ?? '').trim(),
      moment.ageOf(first),
      numberAt(event, 'series', 'count') || count || 1,
      metadata.name ?? '',
    ];
  },
};

export const namespaceTable: TablePrinter<Namespace> = {
  columns: columns('Name', 'Status', 'Age'),
  cells: ({ metadata, status }, moment) => [
    metadata.name ?? '',
    status?.phase ?? 'Active',
    moment.ageOf(metadata.creationTimestamp),
  ],
};

export const configMapTable: TablePrinter<ConfigMap> = {
  columns: columns('Name', 'Data:integer', 'Age'),
  cells: ({ metadata, data = {}, binaryData = {} }, moment) => [
    metadata.name ?? '',
    Object.keys(data).length + Object.keys(binaryData).length,
    moment.ageOf(metadata.creationTimestamp),
  ],
};

export const secretTable: TablePrinter<Secret> = {
  columns: columns('Name', 'Type', 'Data:integer', 'Age'),
  cells: ({ metadata, type, data = {} }, moment) => [
    metadata.name ?? '',
    type ?? 'Opaque',
    Object.keys(data).length,
    moment.ageOf(metadata.creationTimestamp),
  ],
};

export const leaseTable: TablePrinter<Lease> = {
  columns: columns('Name', 'Holder', 'Age'),
  cells: ({ metadata, spec }, moment) => [
    metadata.name ?? '',
    spec?.holderIdentity ?? '',
    moment.ageOf(metadata.creationTimestamp),
  ],
};
