/** The form in which a client wants to read objects: whole, as rows of a table, or their metadata alone. */

import type { ApiObject, ListMemory } from '@mooring/core';
import type { ListText } from '../json/list-text.ts';
import { SharedJSON, type SharedText } from '../json/shared-json.ts';
import { acceptedTypes, type MediaType } from '../request/accept.ts';
import { groupVersionOf, type ResourceInfo } from '../resources/resource-table.ts';
import { StatusError } from '../status/status-error.ts';
import {
  type IncludeObject,
  makeTable,
  partialMetadata,
  rowText,
  type TableOptions,
  tableHead,
} from '../table/make-table.ts';

export interface ListMetadata {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

/** Texts of the objects of a list, known again when it is asked for once more. */
export type ListTexts = Pick<ListMemory<ApiObject, SharedText>, 'map'>;

const forgetful: ListTexts = { map: (items, make) => items.map((item) => make(item, undefined)) };

export interface ObjectForm {
  /** In forms with the same name an object has the same JSON at the same time. */
  readonly name: string;
  one(object: ApiObject): object;
  /** The JSON of `one`, to be left as it is: others send it as well. */
  text(object: ApiObject): SharedText;
  /** JSON of all of them. `texts`: of the last list of such objects in this form. */
  many(objects: readonly ApiObject[], metadata: ListMetadata, texts?: ListTexts): ListText;
  /** What a watch tells when there is nothing to tell but how far it is. */
  bookmark(metadata: object): object;
  now(): number;
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
  return as === undefined ? plainForm(info, now) : metadataForm(now);
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

function plainForm(info: ResourceInfo, now: () => number): ObjectForm {
  const { kind } = info;
  return sharedForm({ kind, apiVersion: groupVersionOf(info), shared: wholes, one: (object) => object, now });
}

function metadataForm(now: () => number): ObjectForm {
  const kind = 'PartialObjectMetadata';
  return sharedForm({ kind, apiVersion: 'meta.k8s.io/v1', shared: metadatas, one: partialMetadata, now });
}

interface SharedFormOptions {
  readonly kind: string;
  readonly apiVersion: string;
  readonly shared: SharedJSON<ApiObject>;
  one(object: ApiObject): object;
  now(): number;
}

function sharedForm({ kind, apiVersion, shared, one, now }: SharedFormOptions): ObjectForm {
  return {
    name: kind,
    one,
    now,
    text: (object) => shared.of(object, now()),
    many(objects, metadata, texts = forgetful) {
      const head = JSON.stringify({ kind: `${kind}List`, apiVersion, metadata });
      const nowMs = now();
      const items = texts.map(objects, (object, known) => shared.of(object, nowMs, known));
      return { head: `${head.slice(0, -1)},"items":[`, items, tail: ']}\n' };
    },
    bookmark: (metadata) => ({ kind, apiVersion, metadata }),
  };
}

function tableForm({ kind }: ResourceInfo, includeObject: IncludeObject, now: () => number): ObjectForm {
  const options = (): TableOptions => ({ kind, includeObject, nowMs: now() });
  const versionOf = ({ metadata }: ApiObject) => ({ resourceVersion: metadata.resourceVersion ?? '' });
  return {
    name: `Table with ${includeObject}`,
    now,
    one: (object) => makeTable([object], versionOf(object), options()),
    text(object) {
      const { json, ...times } = rowText(object, options());
      const [head, tail] = [Buffer.from(tableHead(versionOf(object), { kind })), Buffer.from(']}')];
      return { json: Buffer.concat([head, json, tail]), ...times };
    },
    many(objects, metadata, texts = forgetful) {
      const at = options();
      const items = texts.map(objects, (object, known) => rowText(object, at, known));
      return { head: tableHead(metadata, { kind }), items, tail: ']}' };
    },
    bookmark: (metadata) => makeTable([], metadata, options()),
  };
}

function includeOf(query: URLSearchParams): IncludeObject {
  const wanted = query.get('includeObject');
  return wanted === 'None' || wanted === 'Object' ? wanted : 'Metadata';
}
