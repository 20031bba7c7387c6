import { describe, expect, it } from 'vitest';
import { cpuMs } from '../../../../test/support/cpu-time.ts';
import { fc } from '../../../../test/support/fast-check.ts';
import { FieldPath } from '../../src/api/field-error.ts';
import { labelSelectorAsMap, parseLabelSelector } from '../../src/api/label-selector.ts';
import { parseSelector } from '../../src/api/parse-selector.ts';
import {
  formatSelector,
  mapSelectorMatches,
  type Selector,
  selectorMatches,
} from '../../src/api/selector.ts';

function selector(text: string): Selector {
  const parsed = parseSelector(text);
  if (!parsed.ok) throw new Error(parsed.errors.map((error) => error.message).join('; '));
  return parsed.value;
}

describe('a selector text', () => {
  it.each([
    ['x==a==b', "expected: ',' or 'end of string'"],
    ['x,,y', "found ',', expected: identifier after ','"],
    ['a (', "found '(', expected: in, notin, =, ==, !=, gt, lt"],
    ['a notin(', "found '', expected: ',' or ')'"],
    ['!=a', "found '!=', expected: !, identifier, or 'end of string'"],
    ['! ,', "found ',', expected: identifier"],
    ['a in b', "found 'b', expected: '('"],
    ['a in (b c)', "found 'c', expected: ',' or ')'"],
  ])('%s is refused with what was found and what was expected', (text, words) => {
    const parsed = parseSelector(text);
    expect(parsed.ok ? '' : parsed.errors.map((error) => error.message).join()).toContain(words);
  });

  it('names the part of a requirement that is wrong', () => {
    const parsed = parseSelector('a b=c,x=a!b', new FieldPath('spec.selector'));
    expect(parsed.ok).toBe(false);
    const wrongValue = parseSelector('x in (a$)', new FieldPath('spec.selector'));
    expect(wrongValue.ok ? [] : wrongValue.errors.map((error) => error.field)).toEqual([
      'spec.selector.values[0][x]',
    ]);
  });

  it('of a million characters is answered at once', () => {
    const startedAt = cpuMs();
    parseSelector('a,'.repeat(500_000));
    parseSelector('a in ('.repeat(200_000));
    expect(cpuMs() - startedAt).toBeLessThan(5_000);
  });
});

describe('a label', () => {
  it('is an own property only: `toString` is on no object that does not have it', () => {
    expect(selectorMatches(selector('toString'), {})).toBe(false);
    expect(selectorMatches(selector('!constructor'), {})).toBe(true);
    expect(mapSelectorMatches({ valueOf: 'a' }, {})).toBe(false);
  });

  it('beyond 64 bits satisfies neither > nor <', () => {
    expect(selectorMatches(selector('x>1'), { x: '9223372036854775807' })).toBe(true);
    expect(selectorMatches(selector('x>1'), { x: '9223372036854775808' })).toBe(false);
    expect(selectorMatches(selector('x<1'), { x: '-9223372036854775809' })).toBe(false);
  });
});

describe('a LabelSelector', () => {
  it('that is missing selects nothing, an empty one everything', () => {
    expect(parseLabelSelector(null)).toEqual({ ok: true, value: undefined });
    expect(parseLabelSelector({})).toEqual({ ok: true, value: [] });
  });

  it('reports every mistake with its path', () => {
    const parsed = parseLabelSelector(
      {
        matchLabels: { 'a b': 'c' },
        matchExpressions: [
          { key: 'x', operator: 'Near' },
          { key: 'y', operator: 'In' },
        ],
      },
      new FieldPath('spec.selector'),
    );
    expect(parsed.ok ? [] : parsed.errors.map((error) => error.field)).toEqual([
      'spec.selector.matchLabels.key',
      'spec.selector.matchExpressions[0].operator',
      'spec.selector.matchExpressions[1].values',
    ]);
  });

  it('amounts to a map when every expression names one value', () => {
    expect(
      labelSelectorAsMap({
        matchLabels: { a: 'b' },
        matchExpressions: [{ key: 'c', operator: 'In', values: ['d'] }],
      }),
    ).toEqual({ ok: true, value: { a: 'b', c: 'd' } });
    expect(
      labelSelectorAsMap({ matchExpressions: [{ key: 'c', operator: 'In', values: ['d', 'e'] }] }).ok,
    ).toBe(false);
  });
});

const keys = fc.constantFrom('a', 'b', 'c');
const values = fc.constantFrom('', 'x', 'y', '1', '2', '10', '-3');
const labelSets = fc.dictionary(keys, values, { maxKeys: 3 });

interface Clause {
  readonly text: string;
  readonly holds: (labels: Readonly<Record<string, string>>) => boolean;
}

/** Each clause with a second definition of its meaning, as plain as can be. */
const clauses: fc.Arbitrary<Clause> = fc.oneof(
  fc
    .tuple(keys, values)
    .map(([key, value]) => ({ text: `${key}=${value}`, holds: (l: Labels) => l[key] === value })),
  fc
    .tuple(keys, values)
    .map(([key, value]) => ({ text: `${key} == ${value}`, holds: (l: Labels) => l[key] === value })),
  fc
    .tuple(keys, values)
    .map(([key, value]) => ({ text: `${key}!=${value}`, holds: (l: Labels) => l[key] !== value })),
  fc.tuple(keys, fc.array(values, { minLength: 1, maxLength: 3 })).map(([key, set]) => ({
    text: `${key} in (${set.join(', ')})`,
    holds: (l: Labels) => key in l && set.some((value) => l[key] === value),
  })),
  fc.tuple(keys, fc.array(values, { minLength: 1, maxLength: 3 })).map(([key, set]) => ({
    text: `${key} notin (${set.join(',')})`,
    holds: (l: Labels) => !(key in l && set.some((value) => l[key] === value)),
  })),
  keys.map((key) => ({ text: key, holds: (l: Labels) => key in l })),
  keys.map((key) => ({ text: `!${key}`, holds: (l: Labels) => !(key in l) })),
  fc.tuple(keys, fc.integer({ min: -5, max: 12 })).map(([key, bound]) => ({
    text: `${key}>${bound}`,
    holds: (l: Labels) => /^-?\d+$/.test(l[key] ?? '') && Number(l[key]) > bound,
  })),
  fc.tuple(keys, fc.integer({ min: -5, max: 12 })).map(([key, bound]) => ({
    text: `${key}<${bound}`,
    holds: (l: Labels) => /^-?\d+$/.test(l[key] ?? '') && Number(l[key]) < bound,
  })),
);

type Labels = Readonly<Record<string, string>>;

describe('any selector', () => {
  it('selects what each of its clauses says, and prints to one that selects the same', () => {
    fc.assert(
      fc.property(fc.array(clauses, { maxLength: 4 }), labelSets, (parts, labels) => {
        const text = parts.map((part) => part.text).join(',');
        const parsed = parseSelector(text);
        // `-3` is no legal label value, not even to compare with: such selectors are refused.
        fc.pre(parsed.ok);
        const wanted = parts.every((part) => part.holds(labels));
        expect(selectorMatches(parsed.value, labels)).toBe(wanted);
        expect(selectorMatches(selector(formatSelector(parsed.value)), labels)).toBe(wanted);
      }),
      { numRuns: 500 },
    );
  });

  it('of random characters is parsed or refused, never a crash', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab=!,()<> in\t$'), maxLength: 30 }), (text) => {
        const parsed = parseSelector(text);
        if (parsed.ok) expect(parseSelector(formatSelector(parsed.value))).toEqual(parsed);
        else expect(parsed.errors.length).toBeGreaterThan(0);
      }),
      { numRuns: 1000 },
    );
  });
});
