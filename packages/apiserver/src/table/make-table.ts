/** Tables: what `kubectl get` prints, made by the server so that every client prints the same. Pure. */

import type { ApiObject } from '@mooring/core';
import { ageOf } from './age.ts';
import {
  configMapTable,
  eventTable,
  leaseTable,
  namespaceTable,
  nodeTable,
  secretTable,
} from './cluster-tables.ts';
import { columns, type TablePrinter } from './columns.ts';
import { endpointSliceTable, endpointsTable, serviceTable } from './network-tables.ts';
import { podTable } from './pod-table.ts';
import { deploymentTable, podSetTable } from './workload-tables.ts';

/** Which part of each object goes with its row. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

export interface TableOptions {
  readonly kind: string;
  readonly includeObject: IncludeObject;
  readonly nowMs: number;
}

/** Of a kind that nobody has described. */
const plainTable: TablePrinter = {
  columns: columns('Name', 'Age'),
  cells: ({ metadata }, nowMs) => [metadata.name ?? '', ageOf(metadata.creationTimestamp, nowMs)],
};

const printers: ReadonlyMap<string, TablePrinter> = new Map<string, TablePrinter<never>>([
  ['Pod', podTable],
  ['ReplicationController', podSetTable],
  ['ReplicaSet', podSetTable],
  ['Deployment', deploymentTable],
  ['Service', serviceTable],
  ['Endpoints', endpointsTable],
  ['EndpointSlice', endpointSliceTable],
  ['Node', nodeTable],
  ['Event', eventTable],
  ['Namespace', namespaceTable],
  ['ConfigMap', configMapTable],
  ['Secret', secretTable],
  ['Lease', leaseTable],
  // Each printer is found by the kind of the objects that it is given.
]) as ReadonlyMap<string, TablePrinter>;

export function makeTable(objects: readonly ApiObject[], metadata: object, options: TableOptions): object {
  const printer = printers.get(options.kind) ?? plainTable;
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: printer.columns,
    rows: objects.map((object) => rowOf(object, printer, options)),
  };
}

function rowOf(object: ApiObject, printer: TablePrinter, { includeObject, nowMs }: TableOptions): object {
  const conditions = printer.conditions?.(object) ?? [];
  const part = partOf(object, includeObject);
  return {
    cells: printer.cells(object, nowMs),
    ...(conditions.length > 0 && { conditions }),
    ...(part !== undefined && { object: part }),
  };
}

function partOf(object: ApiObject, includeObject: IncludeObject): object | undefined {
  if (includeObject === 'None') return undefined;
  return includeObject === 'Object' ? object : partialMetadata(object);
}

/** The object without anything but its metadata. */
export function partialMetadata({ metadata }: ApiObject): object {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}
