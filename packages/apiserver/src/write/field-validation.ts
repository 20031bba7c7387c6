/** What is done about fields that a kind does not have, and what a client is told about its object besides. Pure. */

import type { FieldWarning } from '@mooring/core';
import { badRequest } from '../status/status-error.ts';

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

/** `Warn` when not given. Throws a `StatusError` for any other word. */
export function fieldValidationOf(query: URLSearchParams): FieldValidation {
  const wanted = query.get('fieldValidation') ?? '';
  if (wanted === '') return 'Warn';
  if (wanted === 'Strict' || wanted === 'Warn' || wanted === 'Ignore') return wanted;
  throw badRequest(
    `fieldValidation: Unsupported value: ${JSON.stringify(wanted)}: supported values: "Ignore", "Strict", "Warn"`,
  );
}

/** What there is to say of the fields of a body. */
export interface FieldFindings {
  readonly warnings: readonly FieldWarning[];
  /** Paths of fields that are given twice. */
  readonly duplicates: readonly string[];
}

/** The warnings that go with the answer. Throws a `StatusError` where unknown fields, and doubled ones, are not to be taken. */
export function checkFields(
  { kind, apiVersion }: { readonly kind: string; readonly apiVersion: string },
  { warnings, duplicates }: FieldFindings,
  validation: FieldValidation,
): readonly string[] {
  const unknown = new Set(warnings.filter(({ isUnknownField }) => isUnknownField).map(({ field }) => field));
  const wrong = [
    ...[...unknown].map((field) => `unknown field "${field}"`),
    ...duplicates.filter((field) => !unknown.has(field)).map((field) => `duplicate field "${field}"`),
  ];
  if (validation === 'Strict' && wrong.length > 0)
    throw badRequest(
      `${kind} in version "${versionOf(apiVersion)}" cannot be handled as a ${kind}: strict decoding error: ${wrong.join(', ')}`,
    );
  const others = warnings.filter(({ isUnknownField }) => !isUnknownField);
  const rest = others.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`));
  return validation === 'Warn' ? [...wrong, ...rest] : rest;
}

export function versionOf(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf('/') + 1);
}

const warningsMax = 20;
const warningCharsMax = 256;

/** As HTTP carries them: clients print each one. */
export function warningHeaders(warnings: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const shown = [...new Set(warnings)].slice(0, warningsMax);
  return shown.length === 0 ? {} : { warning: shown.map(warningHeader) };
}

function warningHeader(words: string): string {
  const plain = words.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, warningCharsMax);
  return `299 - "${plain.replaceAll(/["\\]/g, '\\$&')}"`;
}
