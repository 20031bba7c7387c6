/** The form in which a client wants to read objects: whole, as rows of a table, or their metadata alone. */

import type { ApiObject } from '@mooring/core';
import { joinJSON, SharedJSON } from '../json/shared-json.ts';
import { acceptedTypes, type MediaType } from '../request/accept.ts';
import { groupVersionOf, type ResourceInfo } from '../resources/resource-table.ts';
import { StatusError } from '../status/status-error.ts';
import { type IncludeObject, makeTable, partialMetadata, tableJSON } from '../table/make-table.ts';

export interface ListMetadata {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

export interface ObjectForm {
  /** Of forms with the same name an object has the same JSON at all times; absent where that depends on the time. */
  readonly name?: string;
  one(object: ApiObject): object;
  /** The JSON of `one`, to be left as it is: others send it as well. */
  json(object: ApiObject): Buffer;
  /** JSON of all of them. */
  many(objects: readonly ApiObject[], metadata: ListMetadata): Buffer;
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

const wholes = new SharedJSON<ApiObject>((object) => object);
const metadatas = new SharedJSON<ApiObject>(partialMetadata);

function plainForm(info: ResourceInfo): ObjectForm {
  return sharedForm({
    kind: info.kind,
    apiVersion: groupVersionOf(info),
    shared: wholes,
    one: (object) => object,
  });
}

function metadataForm(): ObjectForm {
  const kind = 'PartialObjectMetadata';
  return sharedForm({ kind, apiVersion: 'meta.k8s.io/v1', shared: metadatas, one: partialMetadata });
}

interface SharedFormOptions {
  readonly kind: string;
  readonly apiVersion: string;
  readonly shared: SharedJSON<ApiObject>;
  one(object: ApiObject): object;
}

function sharedForm({ kind, apiVersion, shared, one }: SharedFormOptions): ObjectForm {
  return {
    name: kind,
    one,
    json: (object) => shared.of(object),
    many(objects, metadata) {
      const head = JSON.stringify({ kind: `${kind}List`, apiVersion, metadata });
      const items = objects.map((object) => shared.of(object));
      return joinJSON(`${head.slice(0, -1)},"items":[`, items, ']}\n');
    },
    bookmark: (metadata) => ({ kind, apiVersion, metadata }),
  };
}

function tableForm({ kind }: ResourceInfo, includeObject: IncludeObject, now: () => number): ObjectForm {
  const options = () => ({ kind, includeObject, nowMs: now() });
  const versionOf = ({ metadata }: ApiObject) => ({ resourceVersion: metadata.resourceVersion ?? '' });
  return {
    one: (object) => makeTable([object], versionOf(object), options()),
    json: (object) => tableJSON([object], versionOf(object), options()),
    many: (objects, metadata) => tableJSON(objects, metadata, options()),
    bookmark: (metadata) => makeTable([], metadata, options()),
  };
}

function includeOf(query: URLSearchParams): IncludeObject {
  const wanted = query.get('includeObject');
  return wanted === 'None' || wanted === 'Object' ? wanted : 'Metadata';
}
