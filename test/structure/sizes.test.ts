import { describe, expect, it } from 'vitest';
import { sizeProblems } from './size-rules.ts';
import { packageFiles, parseSource } from './source-file.ts';

const statements = (count: number) => 'work();\n'.repeat(count);

it('no file, function or machine of the packages is too long', () => {
  expect(packageFiles('src').flatMap(sizeProblems)).toEqual([]);
});

describe('the size rules', () => {
  it.each([
    ['a file at the limit', statements(400), []],
    ['a function at the limit', `function a() {\n${statements(48)}}`, []],
    ['a file above it', statements(401), ['a.ts: 401 lines, at most 400']],
    [
      'a function above it',
      `\nfunction a() {\n${statements(49)}}`,
      ['a.ts:2: a function of 51 lines, at most 50'],
    ],
    ['a method', `class A {\n  b() {\n${statements(49)}}\n}`, ['a.ts:2: a function of 51 lines, at most 50']],
    ['an arrow', `const a = () => {\n${statements(49)}};`, ['a.ts:1: a function of 51 lines, at most 50']],
    [
      'a function of functions',
      `function a() {\n${`const b = () => {\n${statements(20)}};\n`.repeat(4)}}`,
      [],
    ],
    [
      'a long function in another',
      `function a() {\nconst b = () => {\n${statements(49)}};\n}`,
      ['a.ts:2: a function of 51 lines, at most 50'],
    ],
    ['a machine at the limit', `setup({}).createMachine({\n${'// x\n'.repeat(148)}});`, []],
    [
      'a machine above it',
      `const a = () => createMachine({\n${'// x\n'.repeat(149)}});`,
      ['a.ts:1: a machine of 151 lines, at most 150'],
    ],
  ])('judge %s', (_name, text, problems) => {
    expect(sizeProblems(parseSource('a.ts', text))).toEqual(problems);
  });
});
