/** What is done about fields that a kind does not have, and what a client is told about its object besides. Pure. */

import { type FieldError, FieldPath, type FieldWarning, notSupported } from '@mooring/core';
import { badRequest } from '../status/status-error.ts';
import type { DoubledFields } from './parse-body.ts';

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

/** `Warn` when not given. */
export function fieldValidationOf(query: URLSearchParams): FieldValidation {
  const wanted = query.get('fieldValidation');
  return wanted === 'Strict' || wanted === 'Ignore' ? wanted : 'Warn';
}

export function fieldValidationErrors(query: URLSearchParams): readonly FieldError[] {
  const wanted = query.get('fieldValidation') ?? '';
  const known = ['', 'Ignore', 'Strict', 'Warn'];
  return known.includes(wanted) ? [] : [notSupported(new FieldPath('fieldValidation'), wanted, known)];
}

/** What there is to say of the fields of a body. */
export interface FieldFindings {
  readonly warnings: readonly FieldWarning[];
  readonly doubled: DoubledFields;
}

/** The warnings that go with the answer. Throws a `StatusError` where unknown fields, and doubled ones, are not to be taken. */
export function checkFields(
  { kind, apiVersion }: { readonly kind: string; readonly apiVersion: string },
  { warnings, doubled }: FieldFindings,
  validation: FieldValidation,
): readonly string[] {
  const unknown = new Set(warnings.filter(({ isUnknownField }) => isUnknownField).map(({ field }) => field));
  const wrong = [
    ...[...unknown].map((field) => `unknown field "${field}"`),
    ...doubled.paths.filter((field) => !unknown.has(field)).map((field) => `duplicate field "${field}"`),
  ];
  const all = [...(doubled.lines.length > 0 ? [asOneError(doubled.lines)] : []), ...wrong];
  if (validation === 'Strict' && all.length > 0)
    throw badRequest(
      `${kind} in version "${versionOf(apiVersion)}" cannot be handled as a ${kind}: strict decoding error: ${all.join(', ')}`,
    );
  const others = warnings.filter(({ isUnknownField }) => !isUnknownField);
  const rest = others.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`));
  return validation === 'Warn' ? [...doubled.lines, ...wrong, ...rest] : rest;
}

/** What is applied is read by another way in Kubernetes, which has words of its own. Throws a `StatusError` where `Strict`. */
export function checkApplied({ lines }: DoubledFields, validation: FieldValidation): void {
  if (validation === 'Strict' && lines.length > 0)
    throw badRequest(`error strict decoding YAML: error converting YAML to JSON: ${asOneError(lines)}`);
}

function asOneError(lines: readonly string[]): string {
  return `yaml: unmarshal errors:\n${lines.map((line) => `  ${line}`).join('\n')}`;
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
