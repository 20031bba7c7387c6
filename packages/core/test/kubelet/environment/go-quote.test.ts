import { describe, expect, it } from 'vitest';
import { goQuote } from '../../../src/kubelet/environment/go-quote.ts';

describe('goQuote', () => {
  const cases: [string, string][] = [
    ['', '""'],
    ['plain text', '"plain text"'],
    ['"\\', '"\\"\\\\"'],
    ['a\n\t\r\v\f\b\u0007', '"a\\n\\t\\r\\v\\f\\b\\a"'],
    ['\u0000\u001b\u007f', '"\\x00\\x1b\\x7f"'],
    ['äé日本😀', '"äé日本😀"'],
    ['\u00a0\u200b\ufeff', '"\\u00a0\\u200b\\ufeff"'],
    ['\u{e0001}', '"\\U000e0001"'],
  ];
  it.each(cases)('prints %j as %s', (text, want) => {
    expect(goQuote(text)).toBe(want);
  });
});
