/** `kubectl get rc,rs,deploy`. */

import {
  type Deployment,
  formatSelector,
  type PodTemplateSpec,
  type ReplicaSet,
  type ReplicationController,
  type Scale,
  workloadSelector,
} from '@mooring/core';
import { columns, joined, none, type TablePrinter } from './columns.ts';

type PodSet = ReplicaSet | ReplicationController;

export const podSetTable: TablePrinter<PodSet> = {
  columns: columns(
    'Name',
    'Desired:integer',
    'Current:integer',
    'Ready:integer',
    'Age',
    'Containers:wide',
    'Images:wide',
    'Selector:wide',
  ),
  cells(set, moment) {
    const { metadata, spec, status } = set;
    return [
      metadata.name ?? '',
      spec.replicas ?? 0,
      status?.replicas ?? 0,
      status?.readyReplicas ?? 0,
      moment.ageOf(metadata.creationTimestamp),
      ...containersAndImages(spec.template),
      selectorText(set) || none,
    ];
  },
};

export const deploymentTable: TablePrinter<Deployment> = {
  columns: columns(
    'Name',
    'Ready',
    'Up-to-date:integer',
    'Available:integer',
    'Age',
    'Containers:wide',
    'Images:wide',
    'Selector:wide',
  ),
  cells(deployment, moment) {
    const { metadata, spec, status } = deployment;
    return [
      metadata.name ?? '',
      `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
      status?.updatedReplicas ?? 0,
      status?.availableReplicas ?? 0,
      moment.ageOf(metadata.creationTimestamp),
      ...containersAndImages(spec.template),
      selectorText(deployment),
    ];
  },
};

/** `kubectl get deploy web --subresource=scale` */
export const scaleTable: TablePrinter<Scale> = {
  columns: columns('Name', 'Desired:integer', 'Available:integer', 'Age'),
  cells: ({ metadata, spec, status }, moment) => [
    metadata.name ?? '',
    spec.replicas ?? 0,
    status?.replicas ?? 0,
    moment.ageOf(metadata.creationTimestamp),
  ],
};

function containersAndImages(template: PodTemplateSpec | undefined): readonly [string, string] {
  const containers = template?.spec?.containers ?? [];
  return [joined(containers.map(({ name }) => name)), joined(containers.map(({ image }) => image ?? ''))];
}

function selectorText(object: PodSet | Deployment): string {
  const selector = workloadSelector(object);
  return selector === undefined ? '' : formatSelector(selector);
}
