import { describe, expect, it } from 'vitest';
import { fc } from '../../../../test/support/fast-check.ts';
import {
  compareQuantities,
  dividedBy,
  formatQuantity,
  milliUnits,
  parseQuantity,
  type Quantity,
  quantityToNumber,
  wholeUnits,
} from '../../src/api/quantity.ts';

function quantity(text: string | number): Quantity {
  const parsed = parseQuantity(text);
  if (parsed === undefined) throw new Error(`${text} is no quantity`);
  return parsed;
}

describe('a quantity', () => {
  it.each([
    ['0', '0'],
    ['-0', '0'],
    ['1', '1'],
    ['+1', '1'],
    ['100m', '100m'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['1.5', '1500m'],
    ['.5', '500m'],
    ['5.', '5'],
    ['0.1', '100m'],
    ['1e3', '1e3'],
    ['12e6', '12e6'],
    ['1E3', '1e3'],
    ['1e-3', '1e-3'],
    ['1E', '1E'],
    ['100000', '100k'],
    ['1234567', '1234567'],
    ['1Ki', '1Ki'],
    ['1024Ki', '1Mi'],
    ['1.5Gi', '1536Mi'],
    ['512', '512'],
    ['1023Ki', '1023Ki'],
    ['0.5Ki', '512'],
    ['0.1Ki', '102400m'],
    ['-2Gi', '-2Gi'],
    ['1n', '1n'],
    ['0.1n', '1n'],
    ['-0.1n', '-1n'],
    ['9223372036854775807', '9223372036854775807'],
    ['9223372036854775808', '9223372036854775807'],
    ['1e1000000', '9223372036854775807'],
    ['1e-1000000', '1e-9'],
  ])('written as %s prints as %s', (text, want) => {
    expect(formatQuantity(quantity(text))).toBe(want);
  });

  it.each([
    '',
    ' ',
    '1 ',
    'abc',
    '1.2.3',
    '.',
    '-',
    '1K',
    '1ki',
    '1mi',
    '1e',
    '1e+',
    'm',
    '0x10',
    '1Mi3',
    '--1',
    'Ki',
  ])('is not %j', (text) => {
    expect(parseQuantity(text)).toBeUndefined();
  });

  it.each([
    [1, '1'],
    [0.5, '500m'],
    [1e21, '9223372036854775807'],
    [1e-7, '100e-9'],
  ])('may be the JSON number %d', (number, want) => {
    expect(formatQuantity(quantity(number))).toBe(want);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('is not the number %d', (number) => {
    expect(parseQuantity(number)).toBeUndefined();
  });

  it('of a million digits is refused, not computed', () => {
    expect(parseQuantity('9'.repeat(1_000_000))).toBeUndefined();
  });

  it('compares by value, whatever its suffix', () => {
    expect(compareQuantities(quantity('1'), quantity('1000m'))).toBe(0);
    expect(compareQuantities(quantity('1Mi'), quantity('1M'))).toBe(1);
    expect(compareQuantities(quantity('-1'), quantity('0'))).toBe(-1);
  });

  it('rounds away from zero when cut to whole units or thousandths', () => {
    expect(wholeUnits(quantity('1m'))).toBe(1n);
    expect(wholeUnits(quantity('-1m'))).toBe(-1n);
    expect(wholeUnits(quantity('64Mi'))).toBe(67_108_864n);
    expect(milliUnits(quantity('250m'))).toBe(250n);
    expect(milliUnits(quantity('1u'))).toBe(1n);
    expect(quantityToNumber(quantity('250m'))).toBe(0.25);
  });

  it('divides as a resourceFieldRef prints it', () => {
    expect(dividedBy(quantity('500m'), quantity('1'))).toBe(1n);
    expect(dividedBy(quantity('500m'), quantity('1m'))).toBe(500n);
    expect(dividedBy(quantity('64Mi'), quantity('1Mi'))).toBe(64n);
    expect(dividedBy(quantity('65Mi'), quantity('0'))).toBe(68_157_440n);
  });
});

const quantityTexts = fc
  .tuple(
    fc.constantFrom('', '-', '+'),
    fc.nat(10_000_000),
    fc.option(fc.nat(999_999), { nil: undefined }),
    fc.constantFrom(
      '',
      'n',
      'u',
      'm',
      'k',
      'M',
      'G',
      'T',
      'P',
      'E',
      'Ki',
      'Mi',
      'Gi',
      'Ti',
      'Pi',
      'e3',
      'e-4',
      'E7',
    ),
  )
  .map(
    ([sign, whole, fraction, suffix]) =>
      `${sign}${whole}${fraction === undefined ? '' : `.${fraction}`}${suffix}`,
  );

describe('any quantity', () => {
  it('keeps its value when it is printed and read again, and prints the same then', () => {
    fc.assert(
      fc.property(quantityTexts, (text) => {
        const first = quantity(text);
        const printed = formatQuantity(first);
        const second = quantity(printed);
        expect(second.nanos).toBe(first.nanos);
        expect(formatQuantity(second)).toBe(printed);
      }),
    );
  });

  it('of a plain decimal has the value that the digits say', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.integer({ min: 0, max: 999 }),
        (whole, thousandths) => {
          const text = `${whole}.${String(thousandths).padStart(3, '0')}`;
          expect(milliUnits(quantity(text))).toBe(BigInt(whole) * 1000n + BigInt(thousandths));
        },
      ),
    );
  });
});
