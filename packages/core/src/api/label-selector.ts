/** The LabelSelector object of the API: `matchLabels` and `matchExpressions`, all of which must hold. */

import { type FieldError, FieldPath, invalid, notSupported, type Parsed } from './field-error.ts';
import type { Labels } from './meta.ts';
import { createRequirement, type Requirement, type Selector, type SelectorOperator } from './selector.ts';

/** One line of `matchExpressions`; `operator` is `In`, `NotIn`, `Exists` or `DoesNotExist`. */
export interface LabelSelectorRequirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

/** `metav1.LabelSelector`: everything in it must hold. An empty one selects everything. */
export interface LabelSelector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly LabelSelectorRequirement[];
}

const operators: ReadonlyMap<string, SelectorOperator> = new Map([
  ['In', 'in'],
  ['NotIn', 'notin'],
  ['Exists', 'exists'],
  ['DoesNotExist', '!'],
]);

/** `undefined` selects nothing, for a missing selector; the empty list of an empty selector selects everything. */
export function parseLabelSelector(
  selector: LabelSelector | null | undefined,
  path: FieldPath = FieldPath.root,
): Parsed<Selector | undefined> {
  if (selector === null || selector === undefined) return { ok: true, value: undefined };
  const requirements: Requirement[] = [];
  const errors: FieldError[] = [];
  const collect = (parsed: Parsed<Requirement>) => {
    if (parsed.ok) requirements.push(parsed.value);
    else errors.push(...parsed.errors);
  };
  for (const [key, value] of Object.entries(selector.matchLabels ?? {}))
    collect(createRequirement(key, '=', [value], path.child('matchLabels')));
  selector.matchExpressions?.forEach((expression, i) => {
    collect(parseExpression(expression, path.child('matchExpressions').index(i)));
  });
  return errors.length > 0 ? { ok: false, errors } : { ok: true, value: requirements };
}

function parseExpression(expression: LabelSelectorRequirement, path: FieldPath): Parsed<Requirement> {
  const operator = operators.get(expression.operator);
  if (operator === undefined) {
    const error = notSupported(path.child('operator'), expression.operator, [...operators.keys()]);
    return { ok: false, errors: [error] };
  }
  return createRequirement(expression.key, operator, expression.values ?? [], path);
}

/**
 * The equality map that a selector amounts to, for objects that can hold nothing else (Service, the scale of a
 * ReplicationController). An error when there is none; an `In` with a single value is one.
 */
export function labelSelectorAsMap(
  selector: LabelSelector | null | undefined,
  path: FieldPath = FieldPath.root,
): Parsed<Labels> {
  const map: Record<string, string> = { ...selector?.matchLabels };
  const errors: FieldError[] = [];
  selector?.matchExpressions?.forEach((expression, i) => {
    const [value, ...others] = expression.values ?? [];
    if (expression.operator === 'In' && value !== undefined && others.length === 0) {
      map[expression.key] = value;
      return;
    }
    const detail = 'cannot be converted into a map of equalities';
    errors.push(invalid(path.child('matchExpressions').index(i), expression, detail));
  });
  return errors.length > 0 ? { ok: false, errors } : { ok: true, value: map };
}
