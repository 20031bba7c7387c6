/** The object in the body of a request: read, checked against the path, and with everything that a path says. */

import {
  type ApiObject,
  decodeObject,
  type FieldError,
  type FieldWarning,
  formatFieldError,
  screenValue,
  withEncodedData,
} from '@mooring/core';
import { type Fields, fieldsOf, isFields, textAt } from '../json/fields.ts';
import type { ApiRequest } from '../request/api-request.ts';
import { groupVersionOf } from '../resources/resource-table.ts';
import type { StoredRequest } from '../resources/stored-request.ts';
import { badRequest, StatusError } from '../status/status-error.ts';
import { type FieldFindings, versionOf } from './field-validation.ts';
import { bodyFormat, type ParsedBody, parseBody } from './parse-body.ts';
import type { SharedParts } from './shared-parts.ts';

export interface Incoming {
  /** Typed: what its kind does not have is left out. */
  readonly object: ApiObject;
  readonly warnings: readonly FieldWarning[];
}

/** The body as JSON. Throws a `StatusError` when it cannot be read, or is no object. */
export async function readFields(request: ApiRequest): Promise<Fields> {
  const { value } = await readBody(request);
  const problem = screenValue(value);
  if (problem !== undefined) throw badRequest(formatFieldError(problem));
  return asFields(value);
}

/** The object of a create or update request. `parts`: of new objects. */
export async function readObject(
  stored: StoredRequest,
  parts?: SharedParts,
): Promise<Incoming & FieldFindings> {
  const { info, request } = stored;
  const { value, doubled } = await readBody(request);
  const expected = { kind: info.kind, apiVersion: groupVersionOf(info) };
  const decode = (fields: Fields) => decodeIncoming(stored, fields);
  const fields = withHeader(asFields(value), expected);
  const { object, warnings } = parts?.decoded(fields, decode) ?? decode(fields);
  return { object, warnings, doubled: doubled() };
}

async function readBody(request: ApiRequest): Promise<ParsedBody> {
  const format = bodyFormat(request.headers['content-type']);
  return parseBody(await request.body(), format);
}

function asFields(value: unknown): Fields {
  if (isFields(value)) return value;
  throw badRequest('the object provided is unrecognized: it must be an object with fields');
}

/** Throws a `StatusError` for fields of a wrong type, and for a name or namespace that is not that of the path. */
export function decodeIncoming(stored: StoredRequest, fields: Fields): Incoming {
  const { kind } = stored.info;
  const { object, errors, warnings } = decodeObject(fields);
  if (object === undefined || errors.length > 0) throw undecodable(kind, groupVersionOf(stored.info), errors);
  return { object: placed(stored, asKept(object)), warnings };
}

/** The fields of a Secret are compared, merged and owned where they are kept. */
function asKept(object: ApiObject): ApiObject {
  return object.kind === 'Secret' ? (withEncodedData(object) as ApiObject) : object;
}

/** What the path says may be left out of the object. */
export function withHeader(fields: Fields, expected: { kind: string; apiVersion: string }): Fields {
  const apiVersion = fields['apiVersion'] || expected.apiVersion;
  const kind = fields['kind'] || expected.kind;
  if (apiVersion !== expected.apiVersion)
    throw badRequest(
      `the API version in the data (${String(apiVersion)}) does not match the expected API version (${expected.apiVersion})`,
    );
  if (kind !== expected.kind)
    throw badRequest(
      `${String(kind)} in version "${versionOf(expected.apiVersion)}" cannot be handled as a ${expected.kind}`,
    );
  return { ...fields, apiVersion, kind, metadata: fields['metadata'] ?? {} };
}

function placed({ target, namespace }: StoredRequest, object: ApiObject): ApiObject {
  const { metadata } = object;
  const { name = '' } = metadata;
  const isNamed = target.subresource === undefined || target.subresource === 'ephemeralcontainers';
  if (target.name !== undefined && isNamed && name !== '' && name !== target.name)
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${target.name})`);
  if (namespace !== undefined && metadata.namespace && metadata.namespace !== namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  const { namespace: _, ...rest } = metadata;
  const given = target.name === undefined ? {} : { name: target.name };
  return {
    ...object,
    metadata: Object.assign(rest, given, namespace === undefined ? {} : { namespace }),
  };
}

function undecodable(kind: string, apiVersion: string, errors: readonly FieldError[]): StatusError {
  const why = errors.map(formatFieldError).join(', ');
  const message = `${kind} in version "${versionOf(apiVersion)}" cannot be handled as a ${kind}: ${why}`;
  const causes = errors.map(({ field, type, message: words }) => ({ reason: type, message: words, field }));
  return new StatusError('BadRequest', message, { causes });
}

/** The name that a request names its object by, for errors. */
export function givenName(fields: Fields): string {
  const metadata = fieldsOf(fields['metadata']);
  return textAt(metadata, 'name') || textAt(metadata, 'generateName');
}
