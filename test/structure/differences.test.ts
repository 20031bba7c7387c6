/** Each line of the page of differences has a test, and what `difference-tests.ts` says of it is so. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { differenceTests } from './difference-tests.ts';

const repository = join(import.meta.dirname, '../..');

/** The first columns of the tables, by the section that they are in. */
function linesOfPage(): ReadonlyMap<string, ReadonlySet<string>> {
  const sections = new Map<string, Set<string>>();
  let section = '';
  for (const line of readFileSync(join(repository, 'docs/differences.md'), 'utf8').split('\n')) {
    section = /^## (.+)$/.exec(line)?.[1] ?? section;
    const what = /^\| (.+?) \|/.exec(line)?.[1];
    if (what !== undefined && what !== 'what' && !what.startsWith('---'))
      sections.set(section, (sections.get(section) ?? new Set()).add(what));
  }
  return sections;
}

const lines = [...linesOfPage()].flatMap(([section, whats]) => [...whats].map((what) => ({ section, what })));

test.each(lines)('$section, "$what": has a test', ({ section, what }) => {
  expect(Object.keys(differenceTests[section] ?? {})).toContain(what);
});

const cases = Object.entries(differenceTests).flatMap(([section, tests]) =>
  Object.entries(tests).map(([what, { file, words }]) => ({ section, what, file, words })),
);

test.each(cases)('$section, "$what": its test is in $file', ({ section, what, file, words }) => {
  expect([...(linesOfPage().get(section) ?? [])]).toContain(what);
  const path = join(repository, file);
  expect(existsSync(path), file).toBe(true);
  expect(readFileSync(path, 'utf8').includes(words), words).toBe(true);
});
