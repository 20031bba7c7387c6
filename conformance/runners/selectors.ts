/** `selectors.json`: selectors in text and object form, through the product's own parser and matcher. */

import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import type { FieldError } from '../../packages/core/src/api/field-error.ts';
import { labelSelectorAsMap, parseLabelSelector } from '../../packages/core/src/api/label-selector.ts';
import { parseSelector } from '../../packages/core/src/api/parse-selector.ts';
import {
  createRequirement,
  formatSelector,
  mapSelectorMatches,
  type Requirement,
  type Selector,
  selectorMatches,
} from '../../packages/core/src/api/selector.ts';
import { asSet } from '../shown.ts';
import type { TopicRunners } from '../vectors.ts';

interface RequirementParts {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[] | null;
}

export const runners: TopicRunners = {
  parse({ given, expect }) {
    const parsed = parseSelector(given.selector);
    if (expect.valid !== undefined) strictEqual(parsed.ok, expect.valid);
    if (parsed.ok && expect.requirements)
      deepStrictEqual(asSet(parsed.value.map(plain)), asSet(expect.requirements.map(plain)));
  },
  canonical({ given, expect }) {
    strictEqual(formatSelector(parse(given.selector)), expect.text);
  },
  format({ given, expect }) {
    strictEqual(formatSelector(given.requirements.map(create)), expect.text);
  },
  matches({ given, expect }) {
    strictEqual(selectorMatches(parse(given.selector), given.labels ?? {}), expect.matches);
  },
  matchesRequirements({ given, expect }) {
    strictEqual(selectorMatches(given.requirements.map(create), given.labels ?? {}), expect.matches);
  },
  mapMatches({ given, expect }) {
    strictEqual(mapSelectorMatches(given.selector ?? {}, given.labels ?? {}), expect.matches);
  },
  requirement({ given, expect }) {
    const created = createRequirement(given.key, given.operator, given.values ?? []);
    if (expect.valid !== undefined) strictEqual(created.ok, expect.valid);
    const fields = created.ok ? [] : created.errors.map((error) => error.field);
    if (expect.errorFields !== undefined) deepStrictEqual(asSet(fields), asSet(expect.errorFields));
  },
  labelSelector({ given, expect }) {
    const parsed = parseLabelSelector(given.labelSelector);
    strictEqual(!parsed.ok, expect.error ?? false);
    if (!parsed.ok) return;
    const { value } = parsed;
    strictEqual(value !== undefined && selectorMatches(value, given.labels ?? {}), expect.matches);
  },
  labelSelectorAsMap({ given, expect }) {
    const map = labelSelectorAsMap(given.labelSelector);
    strictEqual(!map.ok, expect.error ?? false);
    // No selector amounts to no map, which holds no more than an empty one.
    if (map.ok) deepStrictEqual(map.value, expect.map ?? {});
  },
};

function parse(text: string): Selector {
  const parsed = parseSelector(text);
  if (!parsed.ok) throw new Error(describe(parsed.errors));
  return parsed.value;
}

function create({ key, operator, values }: RequirementParts): Requirement {
  const created = createRequirement(key, operator, values ?? []);
  if (!created.ok) throw new Error(describe(created.errors));
  return created.value;
}

function describe(errors: readonly FieldError[]): string {
  return errors.map((error) => `${error.field}: ${error.message}`).join('; ');
}

function plain({ key, operator, values }: RequirementParts): string {
  return JSON.stringify([key, operator, asSet(values)]);
}
