/** What the query of a write says of how it is to be carried out: by whom, as a rehearsal, by force. Pure. */

import { type FieldError, FieldPath, forbidden, invalid, required, tooLong } from '@mooring/core';
import type { ApiRequest } from '../request/api-request.ts';
import { patchTypeOf } from '../request/patch-type.ts';
import { invalidOptions } from '../status/invalid-options.ts';
import { dryRunErrors } from './dry-run.ts';
import { fieldValidationErrors } from './field-validation.ts';

const kinds: Readonly<Record<string, string>> = {
  create: 'CreateOptions',
  update: 'UpdateOptions',
  patch: 'PatchOptions',
};

/** Throws a `StatusError` with all that is wrong. Whatever is no write is let pass. */
export function checkWriteOptions({
  verb,
  query,
  headers,
}: Pick<ApiRequest, 'verb' | 'query' | 'headers'>): void {
  const kind = kinds[verb];
  if (kind === undefined) return;
  const errors = [
    ...(verb === 'patch' ? patchErrors(query, patchTypeOf(headers) === 'apply') : []),
    ...managerErrors(query.get('fieldManager') ?? ''),
    ...dryRunErrors(query.getAll('dryRun')),
    ...fieldValidationErrors(query),
  ];
  if (errors.length > 0) throw invalidOptions(kind, errors);
}

const managerPath = new FieldPath('fieldManager');
export const managerBytesMax = 128;
/** Letters, marks, numbers, punctuation, symbols and the blank. */
const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

export function isPrintable(character: string): boolean {
  return printable.test(character);
}

function* patchErrors(query: URLSearchParams, isApply: boolean): Iterable<FieldError> {
  if (!isApply && query.has('force'))
    yield forbidden(new FieldPath('force'), 'may not be specified for non-apply patch');
  if (isApply && !query.get('fieldManager')) yield required(managerPath, 'is required for apply patch');
}

function* managerErrors(manager: string): Iterable<FieldError> {
  if (Buffer.byteLength(manager) > managerBytesMax) yield tooLong(managerPath, managerBytesMax);
  let at = 0;
  for (const character of manager) {
    if (!isPrintable(character))
      yield invalid(managerPath, manager, `invalid character ${codeOf(character)} (at position ${at})`);
    at += Buffer.byteLength(character);
  }
}

/** `U+000A` */
function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
