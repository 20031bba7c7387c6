/** Label selectors: a list of requirements, all of which must hold. An empty list selects everything. */

import { type FieldError, FieldPath, invalid, notSupported, type Parsed } from './field-error.ts';
import { parseInt64 } from './int64.ts';
import type { Labels } from './meta.ts';
import { labelValueProblems, qualifiedNameProblems } from './names.ts';

/** As they are printed, but for `exists` and `!`, which stand for `key` and `!key`. */
const selectorOperators = ['=', '==', '!=', 'in', 'notin', 'exists', '!', 'gt', 'lt'] as const;

/** How a requirement compares a label with its values. */
export type SelectorOperator = (typeof selectorOperators)[number];

/** One condition on the labels of an object. */
export interface Requirement {
  readonly key: string;
  readonly operator: SelectorOperator;
  /** Sorted, each once. */
  readonly values: readonly string[];
}

/** Conditions that must all hold; an empty one selects everything. */
export type Selector = readonly Requirement[];

/** A requirement from its parts; errors are reported on `key`, `operator`, `values`, `values[i]` under `path`. */
export function createRequirement(
  key: string,
  operator: string,
  values: readonly string[],
  path: FieldPath = FieldPath.root,
): Parsed<Requirement> {
  const errors: FieldError[] = [];
  for (const problem of qualifiedNameProblems(key)) errors.push(invalid(path.child('key'), key, problem));
  if (isSelectorOperator(operator)) {
    errors.push(...operatorErrors(operator, values, path.child('values')));
  } else {
    errors.push(notSupported(path.child('operator'), operator, selectorOperators));
  }
  values.forEach((value, i) => {
    const valuePath = path.child('values').index(i).key(key);
    for (const problem of labelValueProblems(value)) errors.push(invalid(valuePath, value, problem));
  });
  if (errors.length > 0 || !isSelectorOperator(operator)) return { ok: false, errors };
  return { ok: true, value: { key, operator, values: [...new Set(values)].sort() } };
}

function isSelectorOperator(word: string): word is SelectorOperator {
  return selectorOperators.some((operator) => operator === word);
}

function operatorErrors(
  operator: SelectorOperator,
  values: readonly string[],
  path: FieldPath,
): FieldError[] {
  switch (operator) {
    case 'in':
    case 'notin':
      if (values.length > 0) return [];
      return [invalid(path, values, "for 'in', 'notin' operators, values set can't be empty")];
    case '=':
    case '==':
    case '!=':
      if (values.length === 1) return [];
      return [invalid(path, values, 'exact-match compatibility requires one single value')];
    case 'exists':
    case '!':
      if (values.length === 0) return [];
      return [invalid(path, values, 'values set must be empty for exists and does not exist')];
    case 'gt':
    case 'lt': {
      const count =
        values.length === 1
          ? []
          : [invalid(path, values, "for 'Gt', 'Lt' operators, exactly one value is required")];
      const integers = values.flatMap((value, i) =>
        parseInt64(value) === undefined
          ? [invalid(path.index(i), value, "for 'Gt', 'Lt' operators, the value must be an integer")]
          : [],
      );
      return [...count, ...integers];
    }
  }
}

/** True when every requirement holds for these labels. */
export function selectorMatches(selector: Selector, labels: Labels): boolean {
  // Asked of thousands of objects at a time: no function is made for each.
  for (const requirement of selector) if (!requirementMatches(requirement, labels)) return false;
  return true;
}

/** An absent key satisfies `!=` and `notin`; gt and lt compare integers and fail on everything else. */
function requirementMatches(requirement: Requirement, labels: Labels): boolean {
  const value = labelOf(labels, requirement.key);
  switch (requirement.operator) {
    case '=':
    case '==':
    case 'in':
      return value !== undefined && requirement.values.includes(value);
    case '!=':
    case 'notin':
      return value === undefined || !requirement.values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    case 'gt':
    case 'lt':
      return value !== undefined && compareMatches(requirement, value);
  }
}

function compareMatches(requirement: Requirement, value: string): boolean {
  const have = parseInt64(value);
  const bound = parseInt64(requirement.values[0] ?? '');
  if (have === undefined || bound === undefined) return false;
  return requirement.operator === 'gt' ? have > bound : have < bound;
}

/** The equality map of a Service or a ReplicationController: every pair must be among the labels. */
export function mapSelectorMatches(selector: Labels, labels: Labels): boolean {
  return Object.entries(selector).every(([key, value]) => labelOf(labels, key) === value);
}

/** The selector as text, requirements in the order given. */
export function formatSelector(selector: Selector): string {
  return selector.map(formatRequirement).join(',');
}

function formatRequirement({ key, operator, values }: Requirement): string {
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${values.join(',')})`;
    case 'gt':
      return `${key}>${values.join(',')}`;
    case 'lt':
      return `${key}<${values.join(',')}`;
    default:
      return `${key}${operator}${values.join(',')}`;
  }
}

/** A label may be called `toString`: only own properties count. */
function labelOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
