import { describe, expect, test } from 'vitest';
import { cpuMs } from '../../../../test/support/cpu-time.ts';
import { expand } from '../../src/kubelet/expand.ts';

const env = new Map([
  ['A', 'alpha'],
  ['B', '$(A)'],
  ['EMPTY', ''],
  ['odd name', 'odd'],
]);

const cases: readonly { name: string; text: string; want: string }[] = [
  { name: 'text without a dollar sign stays', text: 'plain text', want: 'plain text' },
  { name: 'a known name is replaced', text: 'x $(A) y', want: 'x alpha y' },
  { name: 'an unknown name stays as written', text: 'x $(NOPE) y', want: 'x $(NOPE) y' },
  { name: 'an empty value is a value', text: '[$(EMPTY)]', want: '[]' },
  { name: 'two dollar signs escape a reference', text: '$$(A)', want: '$(A)' },
  { name: 'three dollar signs are one and a reference', text: '$$$(A)', want: '$alpha' },
  { name: 'four dollar signs are two and no reference', text: '$$$$(A)', want: '$$(A)' },
  { name: 'two dollar signs alone are one', text: 'a$$b', want: 'a$b' },
  { name: 'a dollar sign before a letter is text', text: '$A', want: '$A' },
  { name: 'a trailing dollar sign is text', text: 'cost: 5$', want: 'cost: 5$' },
  { name: 'an unclosed reference is text', text: '$(A', want: '$(A' },
  { name: 'an unclosed reference does not hide a later escape', text: '$(A $$', want: '$(A $' },
  { name: 'an empty name is unknown', text: '$()', want: '$()' },
  { name: 'a value is not expanded again', text: '$(B)', want: '$(A)' },
  { name: 'a name may hold anything but a closing bracket', text: '$(odd name)', want: 'odd' },
  { name: 'the first closing bracket ends the name', text: '$(A))', want: 'alpha)' },
  { name: 'neighbours are replaced one by one', text: '$(A)$(A)', want: 'alphaalpha' },
];

describe('expand', () => {
  test.each(cases)('$name', ({ text, want }) => {
    expect(expand(text, (name) => env.get(name))).toBe(want);
  });

  test('a long text of opening references takes linear time', () => {
    const text = '$('.repeat(100_000);
    const began = cpuMs();
    expect(expand(text, () => undefined)).toBe(text);
    expect(cpuMs() - began).toBeLessThan(2_000);
  });
});
