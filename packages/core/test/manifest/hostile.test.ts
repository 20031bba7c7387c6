import { describe, expect, it } from 'vitest';
import { cpuMs } from '../../../../test/support/cpu-time.ts';
import { parseManifest } from '../../src/manifest/parse.ts';

const mebibyte = 1024 * 1024;

function billionLaughs(): string {
  const names = 'abcdefghij';
  const lines = ['a: &a [x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < names.length; i += 1)
    lines.push(
      `${names[i]}: &${names[i]} [${Array(9)
        .fill(`*${names[i - 1]}`)
        .join(', ')}]`,
    );
  return lines.join('\n');
}

function podWith(spec: object): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec });
}

interface Row {
  readonly name: string;
  readonly text: () => string;
  readonly words: string;
}

const rows: readonly Row[] = [
  { name: 'a bomb of aliases', text: billionLaughs, words: 'more than 100000 values' },
  {
    name: 'more aliases than anybody writes',
    text: () => `a: &a 1\nb: [${'*a,'.repeat(200)}]`,
    words: 'anchors and aliases',
  },
  {
    name: 'a text beyond the limit',
    text: () => 'a: b\n'.repeat(3 * mebibyte),
    words: 'at most 10485760 are read',
  },
  {
    name: 'a string of 10 MB',
    text: () => `a: "${'x'.repeat(10 * mebibyte - 10)}"`,
    words: 'longer than 1500000',
  },
  {
    name: 'a folded text of 10 MB',
    text: () => `a: >\n${'  x\n'.repeat(2 * mebibyte)}`,
    words: '250000 lines',
  },
  { name: '10 MB of blanks', text: () => ' '.repeat(10 * mebibyte), words: 'longer than' },
  { name: '10 MB of line ends', text: () => '\n'.repeat(10 * mebibyte), words: '250000 lines' },
  { name: 'comments without end', text: () => '# \n'.repeat(300_000), words: '250000 lines' },
  { name: 'brackets within brackets', text: () => '['.repeat(100_000), words: 'deeper than 64 levels' },
  { name: 'dashes within dashes', text: () => '- '.repeat(100_000), words: 'deeper than 64 levels' },
  { name: 'questions within questions', text: () => '? '.repeat(100_000), words: 'deeper than 64 levels' },
  {
    name: 'stairs',
    text: () => Array.from({ length: 4_000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
    words: 'deeper than 64 levels',
  },
  { name: 'closing brackets only', text: () => '}'.repeat(300_000), words: 'no bracket' },
  { name: 'commas only', text: () => `[${','.repeat(200_000)}]`, words: 'Unexpected , in flow sequence' },
  { name: 'quotes only', text: () => '"'.repeat(200_000), words: 'Unexpected' },
  { name: 'documents without end', text: () => '---\n'.repeat(100_000), words: '1000 documents' },
  {
    name: 'a list of 200,000',
    text: () => `[${'1,'.repeat(200_000)}]`,
    words: 'more than 100000 values',
  },
  {
    name: 'fifty thousand keys given twice',
    text: () => 'a: 1\n'.repeat(40_000),
    words: 'given twice',
  },
  {
    name: 'forty thousand containers of nothing',
    text: () => podWith({ containers: Array(40_000).fill({}) }),
    words: 'Required value',
  },
  {
    name: 'forty thousand unknown fields',
    text: () => podWith(Object.fromEntries(Array.from({ length: 40_000 }, (_, i) => [`field${i}`, 1]))),
    words: 'Required value',
  },
];

describe('a hostile manifest', () => {
  it.each(rows)('of $name gets a clear error in no time', ({ text, words }) => {
    const manifest = text();
    const startedAt = cpuMs();
    const { objects, errors } = parseManifest(manifest);
    const elapsedMs = cpuMs() - startedAt;
    expect(objects).toEqual([]);
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.length).toBeLessThanOrEqual(101);
    expect(errors.map((error) => error.message).join('\n')).toContain(words);
    expect(errors.every((error) => error.message.length < 2_000)).toBe(true);
    // One second, where nothing else is at work.
    expect(elapsedMs).toBeLessThan(5_000);
  });
});

describe('a large manifest', () => {
  it('of two hundred pods is read like any other', () => {
    const pod = podWith({ containers: [{ name: 'a', image: 'b', env: [{ name: 'A', value: 'x' }] }] });
    const { objects, errors } = parseManifest(Array(200).fill(pod).join('\n---\n'));
    expect(errors).toEqual([]);
    expect(objects).toHaveLength(200);
  });

  it('with a mebibyte in one value is too', () => {
    const data = { text: 'x'.repeat(mebibyte) };
    const text = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data });
    expect(parseManifest(text).errors).toEqual([]);
  });

  it('keeps within limits of its own when given some', () => {
    const { errors } = parseManifest('a: [1, 2, 3]', { limits: { nodesMax: 3 } });
    expect(errors.map((error) => error.message)).toEqual(['the manifest must not hold more than 3 values']);
  });
});
