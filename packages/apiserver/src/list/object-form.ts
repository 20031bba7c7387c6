/** The form in which a client wants to read objects: whole, as rows of a table, or their metadata alone. */

import type { ApiObject } from '@mooring/core';
import { acceptedTypes, type MediaType } from '../request/accept.ts';
import { groupVersionOf, type ResourceInfo } from '../resources/resource-table.ts';
import { StatusError } from '../status/status-error.ts';
import { type IncludeObject, makeTable, partialMetadata } from '../table/make-table.ts';

export interface ListMetadata {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

export interface ObjectForm {
  /** Objects are given out as they are, so that their JSON can be shared. */
  readonly isPlain: boolean;
  one(object: ApiObject): object;
  many(objects: readonly ApiObject[], metadata: ListMetadata): object;
  /** What a watch tells when there is nothing to tell but how far it is. */
  bookmark(metadata: object): object;
}

export interface FormOptions {
  readonly accept: string | undefined;
  readonly query: URLSearchParams;
  readonly info: ResourceInfo;
  now(): number;
}

const jsonTypes: ReadonlySet<string> = new Set(['application/json', 'application/*', '*/*', '']);

/** The first of the wanted forms that is known. Throws a `StatusError` where none is. */
export function formOf(options: FormOptions): ObjectForm {
  const { accept, query, info, now } = options;
  const wanted = acceptedTypes(accept);
  const chosen = wanted.find(isKnown);
  if (chosen === undefined && wanted.length > 0) throw notAcceptable();
  const as = chosen?.parameters['as'];
  if (as === 'Table') return tableForm(info, includeOf(query), now);
  return as === undefined ? plainForm(info) : metadataForm();
}

function isKnown({ type, parameters }: MediaType): boolean {
  if (!jsonTypes.has(type)) return false;
  const { as, g = 'meta.k8s.io', v = 'v1' } = parameters;
  if (as === undefined) return true;
  if (g !== 'meta.k8s.io' || (v !== 'v1' && v !== 'v1beta1')) return false;
  return as === 'Table' || as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList';
}

function notAcceptable(): StatusError {
  const types = 'application/json';
  return new StatusError('NotAcceptable', `only the following media types are accepted: ${types}`);
}

function plainForm(info: ResourceInfo): ObjectForm {
  const apiVersion = groupVersionOf(info);
  const { kind } = info;
  return {
    isPlain: true,
    one: (object) => object,
    many: (items, metadata) => ({ kind: `${kind}List`, apiVersion, metadata, items }),
    bookmark: (metadata) => ({ kind, apiVersion, metadata }),
  };
}

function metadataForm(): ObjectForm {
  const apiVersion = 'meta.k8s.io/v1';
  const kind = 'PartialObjectMetadata';
  return {
    isPlain: false,
    one: partialMetadata,
    many: (objects, metadata) => ({
      kind: `${kind}List`,
      apiVersion,
      metadata,
      items: objects.map(partialMetadata),
    }),
    bookmark: (metadata) => ({ kind, apiVersion, metadata }),
  };
}

function tableForm({ kind }: ResourceInfo, includeObject: IncludeObject, now: () => number): ObjectForm {
  const table = (objects: readonly ApiObject[], metadata: object) =>
    makeTable(objects, metadata, { kind, includeObject, nowMs: now() });
  return {
    isPlain: false,
    one: (object) => table([object], { resourceVersion: object.metadata.resourceVersion ?? '' }),
    many: table,
    bookmark: (metadata) => table([], metadata),
  };
}

function includeOf(query: URLSearchParams): IncludeObject {
  const wanted = query.get('includeObject');
  return wanted === 'None' || wanted === 'Object' ? wanted : 'Metadata';
}
