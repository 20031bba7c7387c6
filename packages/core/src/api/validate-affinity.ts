/** Node affinity: what its terms may say (`ValidateNodeSelector`). */

import type { Affinity, NodeSelectorRequirement, NodeSelectorTerm } from './affinity.ts';
import type { Draft } from './draft.ts';
import { type FieldPath, invalid, required } from './field-error.ts';
import { type FieldErrors, followsRule } from './field-rules.ts';
import { dns1123SubdomainProblems } from './names.ts';
import { type FurtherOperators, requirementErrors } from './validate-requirement.ts';

/** `path` is that of `affinity`. */
export function* affinityErrors({ nodeAffinity }: Draft<Affinity>, path: FieldPath): FieldErrors {
  if (nodeAffinity === undefined) return;
  const at = path.child('nodeAffinity');
  const {
    requiredDuringSchedulingIgnoredDuringExecution: must,
    preferredDuringSchedulingIgnoredDuringExecution: rather = [],
  } = nodeAffinity;
  if (must !== undefined) {
    const { nodeSelectorTerms: terms = [] } = must;
    const termsPath = at.child('requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms');
    if (terms.length === 0) yield required(termsPath, 'must have at least one node selector term');
    for (const [i, term] of terms.entries()) yield* termErrors(term, termsPath.index(i));
  }
  for (const [i, { weight = 0, preference = {} }] of rather.entries()) {
    const preferred = at.child('preferredDuringSchedulingIgnoredDuringExecution').index(i);
    if (weight < 1 || weight > 100)
      yield invalid(preferred.child('weight'), weight, 'must be in the range 1-100');
    yield* termErrors(preference, preferred.child('preference'));
  }
}

function* termErrors(term: Draft<NodeSelectorTerm>, path: FieldPath): FieldErrors {
  for (const [i, requirement] of (term.matchExpressions ?? []).entries())
    yield* requirementErrors(requirement, path.child('matchExpressions').index(i), comparisons);
  for (const [i, requirement] of (term.matchFields ?? []).entries())
    yield* fieldErrors(requirement, path.child('matchFields').index(i));
}

const comparisons: FurtherOperators = (operator, values, valuesPath) => {
  if (operator !== 'Gt' && operator !== 'Lt') return undefined;
  if (values.length === 1) return [];
  return [required(valuesPath, "must be specified single value when `operator` is 'Lt' or 'Gt'")];
};

/** The name is the only field there is. */
function* fieldErrors(
  { key = '', operator = '', values = [] }: Draft<NodeSelectorRequirement>,
  path: FieldPath,
): FieldErrors {
  const valuesPath = path.child('values');
  if (operator !== 'In' && operator !== 'NotIn')
    yield invalid(path.child('operator'), operator, 'not a valid selector operator');
  else if (values.length !== 1) {
    const detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    yield required(valuesPath, detail);
  }
  if (key !== 'metadata.name') return yield invalid(path.child('key'), key, 'not a valid field selector key');
  for (const [i, value] of values.entries())
    yield* followsRule(valuesPath.index(i), value, dns1123SubdomainProblems);
}
