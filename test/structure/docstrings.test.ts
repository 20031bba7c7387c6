import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { undocumentedExports } from './docstring-rules.ts';
import { packageFiles, parseSource, repository } from './source-file.ts';

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly '@mooring/source': string }>>;
}

function entriesOf(name: string): readonly string[] {
  const manifest = JSON.parse(
    readFileSync(join(repository, 'packages', name, 'package.json'), 'utf8'),
  ) as Manifest;
  return Object.values(manifest.exports).flatMap((leadsTo) =>
    typeof leadsTo === 'string' ? [] : [join('packages', name, leadsTo['@mooring/source'])],
  );
}

describe('whatever a package exports has a doc comment', () => {
  const files = new Map(packageFiles('src').map((file) => [file.path, file]));
  const names = readdirSync(join(repository, 'packages'));

  it.each(names)('%s', (name) => {
    const entries = entriesOf(name);
    expect(entries.filter((entry) => !files.has(entry))).toEqual([]);
    expect(entries.flatMap((entry) => undocumentedExports(entry, files))).toEqual([]);
  });
});

describe('the rule of doc comments', () => {
  const problemsIn = (texts: Readonly<Record<string, string>>) => {
    const files = Object.entries(texts).map(([path, text]) => [path, parseSource(path, text)] as const);
    return undocumentedExports('index.ts', new Map(files));
  };

  it.each([
    ['export const a = 1;', ['index.ts:1: a']],
    ['// No doc comment.\nexport function a() {}', ['index.ts:2: a']],
    ['/** Of another. */\nconst b = 1;\nexport interface A {}', ['index.ts:3: A']],
    ['/** What it is. */\nexport class A {}', []],
    ['const a = 1;', []],
  ])('of %j finds %j', (text, problems) => {
    expect(problemsIn({ 'index.ts': text })).toEqual(problems);
  });

  it('follows what is exported from elsewhere, by name or as a whole', () => {
    const other = 'export const a = 1;\nexport const b = 1;';
    expect(problemsIn({ 'index.ts': "export { a as c } from './x/o.ts';", 'x/o.ts': other })).toEqual([
      'x/o.ts:1: a',
    ]);
    expect(problemsIn({ 'index.ts': "export * from './o.ts';", 'o.ts': other })).toHaveLength(2);
    const chain = { 'index.ts': "export type { b } from './m.ts';", 'm.ts': "export * from './o.ts';" };
    expect(problemsIn({ ...chain, 'o.ts': other })).toEqual(['o.ts:2: b']);
  });
});
