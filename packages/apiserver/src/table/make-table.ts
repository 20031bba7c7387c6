/** Tables: what `kubectl get` prints, made by the server so that every client prints the same. Pure. */

import type { ApiObject } from '@mooring/core';
import { SharedJSON, type SharedText } from '../json/shared-json.ts';
import {
  configMapTable,
  eventTable,
  leaseTable,
  namespaceTable,
  nodeTable,
  secretTable,
} from './cluster-tables.ts';
import { columns, type TablePrinter } from './columns.ts';
import { Moment } from './moment.ts';
import { endpointSliceTable, endpointsTable, serviceTable } from './network-tables.ts';
import { podTable } from './pod-table.ts';
import { deploymentTable, podSetTable, scaleTable } from './workload-tables.ts';

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
  cells: ({ metadata }, moment) => [metadata.name ?? '', moment.ageOf(metadata.creationTimestamp)],
};

const printers: ReadonlyMap<string, TablePrinter> = new Map<string, TablePrinter<never>>([
  ['Pod', podTable],
  ['ReplicationController', podSetTable],
  ['ReplicaSet', podSetTable],
  ['Deployment', deploymentTable],
  ['Scale', scaleTable],
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
  const printer = printerOf(options);
  const { includeObject, nowMs } = options;
  const rows = objects.map((object) => rowOf(object, printer, includeObject, new Moment(nowMs)));
  return { ...header(metadata, printer), rows };
}

const rows = new SharedJSON<ApiObject>((object, moment) =>
  rowOf(object, printerOf(object), 'Metadata', moment),
);

/** The row of an object as JSON, made anew only where what it says has changed. `known`: see `SharedJSON`. */
export function rowText(
  object: ApiObject,
  { includeObject, nowMs, kind }: TableOptions,
  known?: SharedText,
): SharedText {
  if (includeObject === 'Metadata') return rows.of(object, nowMs, known);
  const moment = new Moment(nowMs);
  const json = Buffer.from(JSON.stringify(rowOf(object, printerOf({ kind }), includeObject, moment)));
  return { json, fromMs: nowMs, untilMs: moment.untilMs };
}

/** What stands before the rows of a table. */
export function tableHead(metadata: object, { kind }: Pick<TableOptions, 'kind'>): string {
  return `${JSON.stringify(header(metadata, printerOf({ kind }))).slice(0, -1)},"rows":[`;
}

function printerOf({ kind }: Pick<ApiObject, 'kind'>): TablePrinter {
  return printers.get(kind) ?? plainTable;
}

function header(metadata: object, { columns: columnDefinitions }: TablePrinter): object {
  return { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata, columnDefinitions };
}

function rowOf(
  object: ApiObject,
  printer: TablePrinter,
  includeObject: IncludeObject,
  moment: Moment,
): object {
  const conditions = printer.conditions?.(object) ?? [];
  const part = partOf(object, includeObject);
  return {
    cells: printer.cells(object, moment),
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
