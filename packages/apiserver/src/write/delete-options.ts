/** How an object is to be deleted: said in the body, in the query, or not at all. */

import type { DeleteOptions, PropagationPolicy } from '@mooring/core';
import { type Fields, fieldsOf, itemsOf } from '../json/fields.ts';
import type { ApiRequest } from '../request/api-request.ts';
import { isTrue } from '../request/verb-of.ts';
import { badRequest } from '../status/status-error.ts';
import { isDryRun } from './dry-run.ts';
import { readFields } from './incoming-object.ts';

export interface Deletion {
  readonly options: DeleteOptions;
  readonly isRehearsal: boolean;
}

export async function readDeletion(request: ApiRequest): Promise<Deletion> {
  const { query, signal } = request;
  const { options, isRehearsal } = deletionOf(await readFields(request));
  return {
    options: { ...options, ...fromQuery(query), signal },
    isRehearsal: isRehearsal || isDryRun(query.getAll('dryRun')),
  };
}

/** Throws a `StatusError` for a field of a wrong type. */
export function deletionOf(body: Fields): Deletion {
  return { options: optionsOf(body), isRehearsal: isDryRun(itemsOf(body['dryRun'])) };
}

function optionsOf(body: Fields): DeleteOptions {
  const { kind = '', gracePeriodSeconds, propagationPolicy, orphanDependents } = body;
  if (kind !== '' && kind !== 'DeleteOptions')
    throw badRequest(`${String(kind)} cannot be handled as a DeleteOptions`);
  const { uid, resourceVersion } = fieldsOf(body['preconditions']);
  return {
    ...given('gracePeriodSeconds', gracePeriodSeconds, isWhole),
    ...given('propagationPolicy', propagationPolicy, isText<PropagationPolicy>),
    ...given('orphanDependents', orphanDependents, isBoolean),
    ...given('uid', uid, isText),
    ...given('resourceVersion', resourceVersion, isText),
  };
}

function fromQuery(query: URLSearchParams): DeleteOptions {
  const seconds = query.get('gracePeriodSeconds');
  const policy = query.get('propagationPolicy');
  const orphan = query.get('orphanDependents');
  return {
    ...given('gracePeriodSeconds', seconds === null || seconds === '' ? undefined : Number(seconds), isWhole),
    ...given('propagationPolicy', policy || undefined, isText<PropagationPolicy>),
    ...given('orphanDependents', orphan === null ? undefined : isTrue(orphan), isBoolean),
  };
}

function given<K extends string, T>(
  field: K,
  value: unknown,
  fits: (value: unknown) => value is T,
): { readonly [P in K]?: T } {
  if (value === undefined || value === null) return {};
  if (!fits(value)) throw badRequest(`DeleteOptions: ${field}: Invalid value: ${JSON.stringify(value)}`);
  return { [field]: value } as { readonly [P in K]?: T };
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

function isText<T extends string = string>(value: unknown): value is T {
  return typeof value === 'string';
}
