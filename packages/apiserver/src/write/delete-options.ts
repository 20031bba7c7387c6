/** How an object is to be deleted: said in the body, in the query, or not at all. */

import { type DeleteOptions, deleteOptionErrors, type PropagationPolicy } from '@mooring/core';
import { type Fields, fieldsOf, itemsOf } from '../json/fields.ts';
import type { ApiRequest } from '../request/api-request.ts';
import { isTrue } from '../request/verb-of.ts';
import { invalidOptions } from '../status/invalid-options.ts';
import { badRequest } from '../status/status-error.ts';
import { dryRunErrors, isDryRun } from './dry-run.ts';
import { readFields } from './incoming-object.ts';

export interface Deletion {
  readonly options: DeleteOptions;
  readonly isRehearsal: boolean;
}

/** What the body says counts more than the query. Throws a `StatusError` for what cannot be. */
export async function readDeletion(request: ApiRequest): Promise<Deletion> {
  const { query, signal } = request;
  const { options, isRehearsal } = deletionOf(await readFields(request));
  const deletion = {
    options: { ...unlessSaid(fromQuery(query), options), ...options, signal },
    isRehearsal: isRehearsal || isDryRun(query.getAll('dryRun')),
  };
  checkDeletion(deletion.options, query.getAll('dryRun'));
  return deletion;
}

/** Throws a `StatusError` for a field of a wrong type, and for what cannot be. */
export function deletionOf(body: Fields): Deletion {
  const options = optionsOf(body);
  const stages = itemsOf(body['dryRun']);
  checkDeletion(options, stages);
  return { options, isRehearsal: isDryRun(stages) };
}

function checkDeletion(options: DeleteOptions, stages: readonly unknown[]): void {
  const errors = [...deleteOptionErrors(options), ...dryRunErrors(stages)];
  if (errors.length > 0) throw invalidOptions('DeleteOptions', errors);
}

/** Two words for one thing: what is to become of the dependents. */
function unlessSaid(options: DeleteOptions, said: DeleteOptions): DeleteOptions {
  if (said.propagationPolicy === undefined && said.orphanDependents === undefined) return options;
  const { propagationPolicy: _, orphanDependents: __, ...rest } = options;
  return rest;
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
