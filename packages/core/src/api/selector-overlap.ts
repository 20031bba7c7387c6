/** Objects whose selectors take each other's pods. They do not fight, but a pod of nobody goes to whoever sees it first. */

import type { ApiObject, Labels } from './meta.ts';
import type { Scalable } from './scale.ts';
import { selectorMatches } from './selector.ts';
import { workloadSelector } from './workload-selector.ts';

/** One for each of `others`, all of the namespace of `object`, with which it overlaps; those with an owner are its affair. */
export function overlapWarnings(object: Scalable, others: readonly Scalable[]): readonly string[] {
  return others
    .filter((other) => !isSame(object, other) && (other.metadata.ownerReferences ?? []).length === 0)
    .filter((other) => takesPodsOf(object, other) || takesPodsOf(other, object))
    .map(
      ({ kind, metadata }) =>
        `spec.selector: overlaps with that of ${kind} ${JSON.stringify(metadata.name)}: each keeps its own pods, and a pod that nobody owns may go to either`,
    );
}

function isSame(a: ApiObject, b: ApiObject): boolean {
  return a.kind === b.kind && a.metadata.name === b.metadata.name;
}

function takesPodsOf(one: Scalable, other: Scalable): boolean {
  const selector = workloadSelector(one);
  const labels: Labels = other.spec.template?.metadata?.labels ?? {};
  return selector !== undefined && selectorMatches(selector, labels);
}
