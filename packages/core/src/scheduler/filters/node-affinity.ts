/** `nodeSelector` and node affinity: what a pod wants of the labels and the name of its node. */

import type { NodeAffinity, NodeSelectorRequirement, NodeSelectorTerm } from '../../api/affinity.ts';
import { type Requirement, type SelectorOperator, selectorMatches } from '../../api/selector.ts';
import type { NodeFacts } from '../node-facts.ts';
import { type Filter, rejection } from './filter.ts';

/** A term ready to be asked. */
export interface NodeTerm {
  readonly labels: readonly Requirement[];
  /** On `metadata.name`, the only field that there is. */
  readonly fields: readonly Requirement[];
}

const operators: Readonly<Record<NodeSelectorRequirement['operator'], SelectorOperator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
  Gt: 'gt',
  Lt: 'lt',
};

export function compileTerm({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm): NodeTerm {
  return { labels: matchExpressions.map(compile), fields: matchFields.map(compile) };
}

function compile({ key, operator, values = [] }: NodeSelectorRequirement): Requirement {
  return { key, operator: operators[operator], values };
}

/** `undefined` when nothing is required. */
export function requiredTerms(affinity: NodeAffinity | undefined): readonly NodeTerm[] | undefined {
  return affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms.map(compileTerm);
}

/** A term without requirements holds nowhere. */
export function holdsOn({ labels, fields }: NodeTerm, facts: NodeFacts): boolean {
  if (labels.length === 0 && fields.length === 0) return false;
  return (
    selectorMatches(labels, facts.labels) &&
    (fields.length === 0 || selectorMatches(fields, { 'metadata.name': facts.name }))
  );
}

const mismatch = rejection("node(s) didn't match Pod's node affinity/selector");

export const matchesNodeAffinity: Filter = ({ selector, terms }, { facts }) => {
  if (!selectorMatches(selector, facts.labels)) return mismatch;
  return terms === undefined || terms.some((term) => holdsOn(term, facts)) ? undefined : mismatch;
};
