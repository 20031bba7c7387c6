/** One requirement of a selector of labels (`ValidateLabelSelectorRequirement`). */

import type { Draft } from './draft.ts';
import { type FieldPath, forbidden, invalid, required } from './field-error.ts';
import { type FieldErrors, followsRule } from './field-rules.ts';
import type { LabelSelectorRequirement } from './label-selector.ts';
import { labelValueProblems, qualifiedNameProblems } from './names.ts';

/** What is wrong with the values of an operator beyond the four that every selector has; `undefined`: it is none. */
export type FurtherOperators = (
  operator: string,
  values: readonly string[],
  valuesPath: FieldPath,
) => FieldErrors | undefined;

export function* requirementErrors(
  { key = '', operator = '', values = [] }: Draft<LabelSelectorRequirement>,
  path: FieldPath,
  further: FurtherOperators = () => undefined,
): FieldErrors {
  const valuesPath = path.child('values');
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0)
        yield required(valuesPath, "must be specified when `operator` is 'In' or 'NotIn'");
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0)
        yield forbidden(valuesPath, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
      break;
    default:
      yield* further(operator, values, valuesPath) ?? [
        invalid(path.child('operator'), operator, 'not a valid selector operator'),
      ];
  }
  yield* followsRule(path.child('key'), key, qualifiedNameProblems);
  for (const [i, value] of values.entries())
    yield* followsRule(valuesPath.index(i), value, labelValueProblems);
}
