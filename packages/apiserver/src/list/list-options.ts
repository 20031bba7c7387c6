/** Which parameters of a list, and of a watch, go together. The rules and words are those of Kubernetes. Pure. */

import { type FieldError, FieldPath, forbidden, notSupported } from '@mooring/core';
import { isTrue } from '../request/verb-of.ts';
import { invalidOptions } from '../status/invalid-options.ts';
import { badRequest } from '../status/status-error.ts';

const match = new FieldPath('resourceVersionMatch');
const initial = new FieldPath('sendInitialEvents');

/** Throws a `StatusError`. Of a list that is read, and of one that is to be deleted. */
export function checkListOptions(query: URLSearchParams): void {
  refuse([...listErrors(query)]);
  if (isGiven(query, 'continue') && isGiven(query, 'resourceVersion') && query.get('resourceVersion') !== '0')
    throw badRequest('specifying resource version is not allowed when using continue');
}

/** Throws a `StatusError`. */
export function checkWatchOptions(query: URLSearchParams): void {
  refuse([...watchErrors(query)]);
}

/** Whether what there is comes first, where the client says so. */
export function initialEventsOf(query: URLSearchParams): boolean | undefined {
  return query.has('sendInitialEvents') ? isTrue(query.get('sendInitialEvents')) : undefined;
}

function refuse(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidOptions('ListOptions', errors);
}

function* listErrors(query: URLSearchParams): Iterable<FieldError> {
  const wanted = query.get('resourceVersionMatch') ?? '';
  if (wanted !== '') {
    if (!isGiven(query, 'resourceVersion'))
      yield forbidden(match, 'resourceVersionMatch is forbidden unless resourceVersion is provided');
    yield* continueErrors(query);
    if (wanted !== 'Exact' && wanted !== 'NotOlderThan')
      yield notSupported(match, wanted, ['Exact', 'NotOlderThan', '']);
    if (wanted === 'Exact' && query.get('resourceVersion') === '0')
      yield forbidden(match, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  }
  if (query.has('sendInitialEvents')) yield forbidden(initial, 'sendInitialEvents is forbidden for list');
}

function* watchErrors(query: URLSearchParams): Iterable<FieldError> {
  const wanted = query.get('resourceVersionMatch') ?? '';
  const only = 'NotOlderThan';
  if (query.has('sendInitialEvents') && wanted !== only)
    yield forbidden(match, `sendInitialEvents requires setting resourceVersionMatch to ${only}`);
  if (wanted === '') return;
  if (!query.has('sendInitialEvents'))
    yield forbidden(
      match,
      'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
    );
  if (wanted !== only) yield notSupported(match, wanted, [only]);
  yield* continueErrors(query);
}

function* continueErrors(query: URLSearchParams): Iterable<FieldError> {
  if (isGiven(query, 'continue'))
    yield forbidden(match, 'resourceVersionMatch is forbidden when continue is provided');
}

function isGiven(query: URLSearchParams, name: string): boolean {
  return (query.get(name) ?? '') !== '';
}
