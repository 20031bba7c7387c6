import { describe, expect, it } from 'vitest';
import {
  doRangesOverlap,
  formatIPv4,
  type IPv4Range,
  isInRange,
  parseIPv4,
  parseIPv4Range,
} from '../../src/api/ipv4-range.ts';

describe('ranges of IPv4 addresses', () => {
  it.each([
    ['127.96.0.0/12', '127.96.0.0', 2 ** 20],
    ['10.1.2.3/24', '10.1.2.0', 256],
    ['255.255.255.255/32', '255.255.255.255', 1],
    ['0.0.0.0/0', '0.0.0.0', 2 ** 32],
  ])('%s begins at %s and has %d', (text, first, size) => {
    expect(parseIPv4Range(text)).toEqual({ first: parseIPv4(first), size });
  });

  it.each([
    '127.96.0.0',
    '127.96.0.0/33',
    '127.96.0.0/',
    '127.0.0/8',
    '127.0.0.256/8',
    '1.2.3.4/8/8',
    '::1/8',
    '',
  ])('%j is none', (text) => expect(parseIPv4Range(text)).toBeUndefined());

  it.each(['1.2.3', '1.2.3.04', '1.2.3.4.5', 'a.b.c.d', '1.2.3.-4', ''])('%j is no address', (text) =>
    expect(parseIPv4(text)).toBeUndefined(),
  );

  it('prints what it has read', () => {
    for (const text of ['0.0.0.0', '127.96.0.1', '255.255.255.255'])
      expect(formatIPv4(parseIPv4(text) ?? -1)).toBe(text);
  });

  it.each([
    ['127.0.0.0/8', '127.96.0.0/12', true],
    ['127.96.0.0/12', '127.0.0.0/8', true],
    ['127.96.0.0/12', '127.112.0.0/12', false],
    ['127.80.0.0/12', '127.96.0.0/12', false],
  ])('%s and %s overlap: %s', (a, b, overlap) => {
    expect(doRangesOverlap(range(a), range(b))).toBe(overlap);
  });

  it('holds its first and its last address', () => {
    const { first, size } = range('127.96.0.0/12');
    const held = [first - 1, first, first + size - 1, first + size].map((one) =>
      isInRange({ first, size }, one),
    );
    expect(held).toEqual([false, true, true, false]);
  });
});

function range(text: string): IPv4Range {
  const parsed = parseIPv4Range(text);
  if (parsed === undefined) throw new Error(`${text} is no range`);
  return parsed;
}
