/** Nodes: what keeps pods away from them, and who they are. */

import type { Draft } from './draft.ts';
import { duplicate, FieldPath, forbidden, invalid } from './field-error.ts';
import { type FieldErrors, followsRule, oneOf } from './field-rules.ts';
import { labelValueProblems, qualifiedNameProblems } from './names.ts';
import type { NodeObject, Taint } from './objects.ts';
import { taintEffects } from './taint.ts';

const taintsPath = new FieldPath('spec').child('taints');
export function* nodeErrors({ spec = {} }: Draft<NodeObject>): FieldErrors {
  const seen = new Set<string>();
  for (const [i, taint] of (spec.taints ?? []).entries()) {
    const { key = '', effect = '' } = taint;
    yield* taintErrors(taint, taintsPath.index(i));
    const identity = JSON.stringify([key, effect]);
    if (seen.has(identity))
      yield duplicate(taintsPath.index(i), taint, 'taints must be unique by key and effect pair');
    seen.add(identity);
  }
}

function* taintErrors({ key = '', value = '', effect }: Draft<Taint>, path: FieldPath): FieldErrors {
  yield* followsRule(path.child('key'), key, qualifiedNameProblems);
  const problems = labelValueProblems(value);
  if (problems.length > 0) yield invalid(path.child('value'), value, problems.join(';'));
  yield* oneOf(path.child('effect'), effect, taintEffects);
}

/** What the infrastructure knows a node by is given once. */
export function* nodeUpdateErrors(
  { spec = {} }: Draft<NodeObject>,
  { spec: old = {} }: Draft<NodeObject>,
): FieldErrors {
  for (const field of ['podCIDR', 'providerID'] as const)
    if (old[field] && spec[field] !== old[field])
      yield forbidden(
        new FieldPath('spec').child(field),
        `node updates may not change ${field} except from "" to valid`,
      );
}
