/** Notes who has changed which fields, for those who apply to the same object. */

import { type ApiObject, formatTime } from '@mooring/core';
import { type Fields, fieldsOf } from '../json/fields.ts';
import type { ApiRequest } from '../request/api-request.ts';
import { groupVersionOf } from '../resources/resource-table.ts';
import type { StoredRequest } from '../resources/stored-request.ts';
import { isPrintable, managerBytesMax } from '../write/write-options.ts';
import { type Change, managersAfterUpdate, managersOfNew, writeManagers } from './managed-fields.ts';

/** Kinds of which there are many, and of which nobody applies any. */
const unowned: ReadonlySet<string> = new Set(['Event', 'Lease']);

/** The name that a client gives itself, or that of its program, as far as it can be printed. */
export function managerName({ query, headers }: Pick<ApiRequest, 'query' | 'headers'>): string {
  const [program = ''] = (headers['user-agent'] ?? '').split('/');
  const printed = [...program].filter(isPrintable).join('');
  return query.get('fieldManager') || printed.slice(0, managerBytesMax) || 'unknown';
}

/** The object with the owners that it has after this change. `before` is absent for a new object. */
export function withManagers(
  { request, info, target }: StoredRequest,
  before: ApiObject | undefined,
  after: ApiObject,
  nowMs: number,
): ApiObject {
  if (unowned.has(info.kind)) return after;
  const { subresource } = target;
  const fields = after as unknown as Fields;
  const change: Change = {
    kind: info.kind,
    manager: {
      name: managerName(request),
      operation: 'Update',
      ...(subresource !== undefined && { subresource }),
    },
    apiVersion: groupVersionOf(info),
    time: formatTime(nowMs),
  };
  const { managedFields: said, ...metadata } = fieldsOf(after.metadata);
  const written =
    before === undefined && said === undefined
      ? managersOfNew(fields, change)
      : writeManagers(managersAfterUpdate(before as unknown as Fields | undefined, fields, change));
  return {
    ...after,
    metadata: Object.assign(metadata, written.length > 0 && { managedFields: written }),
  } as ApiObject;
}
