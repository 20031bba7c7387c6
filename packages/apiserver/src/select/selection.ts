/** Which objects of a resource a request is about. Pure. */

import { type ApiObject, parseSelector, type Selector, selectorMatches } from '@mooring/core';
import { badRequest } from '../status/status-error.ts';
import { type FieldRequirement, fieldsMatch, parseFieldSelector } from './field-selector.ts';

export interface Selection {
  /** Nothing is selected by: every object matches. */
  readonly isAll: boolean;
  /** `false` for objects of other namespaces, too. */
  matches(object: ApiObject): boolean;
}

export interface SelectionScope {
  readonly kind: string;
  /** All when not given. */
  readonly namespace?: string | undefined;
  /** Any when not given. */
  readonly name?: string | undefined;
}

/** Throws a `StatusError` for selectors that cannot be read. */
export function selectionOf(query: URLSearchParams, { kind, namespace, name }: SelectionScope): Selection {
  const labels = labelSelector(query.get('labelSelector') ?? '');
  const given = parseFieldSelector(kind, query.get('fieldSelector') ?? '');
  const own: readonly FieldRequirement[] =
    name === undefined ? [] : [{ field: 'metadata.name', isEqual: true, value: name }];
  const fields = [...own, ...given];
  return {
    isAll: labels.length === 0 && fields.length === 0,
    matches: (object) =>
      (namespace === undefined || object.metadata.namespace === namespace) &&
      (labels.length === 0 || selectorMatches(labels, object.metadata.labels ?? {})) &&
      (fields.length === 0 || fieldsMatch(kind, fields, object)),
  };
}

function labelSelector(text: string): Selector {
  if (text === '') return [];
  const parsed = parseSelector(text);
  if (parsed.ok) return parsed.value;
  throw badRequest(`unable to parse requirement: ${parsed.errors.map(({ message }) => message).join('; ')}`);
}
