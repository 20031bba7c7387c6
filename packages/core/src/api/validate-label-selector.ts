/** The selector of an object that finds its pods by it: syntax, that it selects something, and that it never changes. */

import { isDeepStrictEqual } from 'node:util';
import type { Draft } from './draft.ts';
import { type FieldPath, invalid, required } from './field-error.ts';
import type { FieldErrors } from './field-rules.ts';
import { type LabelSelector, parseLabelSelector } from './label-selector.ts';
import type { Selector } from './selector.ts';
import { labelErrors } from './validate-meta.ts';
import { requirementErrors } from './validate-requirement.ts';

/** `undefined`: broken. Everything is selected by the empty list, nothing by a selector that is missing. */
export type SelectorToMatch = Selector | 'nothing' | undefined;

export function selectorToMatch(selector: Draft<LabelSelector> | undefined): SelectorToMatch {
  // Decoding has made sure of the types, and the parser takes empty words for missing ones.
  const parsed = parseLabelSelector(
    selector && {
      matchLabels: (selector.matchLabels ?? {}) as Readonly<Record<string, string>>,
      matchExpressions: (selector.matchExpressions ?? []).map(({ key = '', operator = '', values = [] }) => ({
        key,
        operator,
        values,
      })),
    },
  );
  return parsed.ok ? (parsed.value ?? 'nothing') : undefined;
}

/** A selector that must be there and must not select everything. */
export function* selectorErrors(selector: Draft<LabelSelector> | undefined, path: FieldPath): FieldErrors {
  if (selector === undefined) return yield required(path);
  const { matchLabels = {}, matchExpressions = [] } = selector;
  yield* labelErrors(matchLabels, path.child('matchLabels'));
  for (const [i, expression] of matchExpressions.entries())
    yield* requirementErrors(expression, path.child('matchExpressions').index(i));
  if (matchExpressions.length === 0 && Object.keys(matchLabels).length === 0)
    yield invalid(path, selector, 'empty selector is invalid for deployment');
  if (selectorToMatch(selector) === undefined) yield invalid(path, selector, 'invalid label selector');
}

export function* selectorUpdateErrors(
  selector: Draft<LabelSelector> | undefined,
  old: Draft<LabelSelector> | undefined,
  path: FieldPath,
): FieldErrors {
  if (!isDeepStrictEqual(parts(selector), parts(old))) yield invalid(path, selector, 'field is immutable');
}

/** An empty part is none. */
function parts(selector: Draft<LabelSelector> | undefined): readonly unknown[] {
  return [selector?.matchLabels ?? {}, selector?.matchExpressions ?? []];
}
