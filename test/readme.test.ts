import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const markdownIn = (folder: string) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));

const quoting = ['README.md', 'docs/plugin-author.md'];
const pages = [
  'README.md',
  'examples/README.md',
  ...markdownIn('docs'),
  ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}/README.md`),
];
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

interface Block {
  readonly language: string;
  /** The file that the comment above it names. */
  readonly source: string | undefined;
  readonly text: string;
}

function blocksOf(page: string): readonly Block[] {
  const pattern = /(?:<!-- from (\S+) -->\n)?^```(\w*)\n(.*?)^```$/gms;
  return [...page.matchAll(pattern)].map(([, source, language = '', text = '']) => ({
    source,
    language,
    text,
  }));
}

describe.each(quoting)('%s', (page) => {
  const code = blocksOf(read(page)).filter(({ language }) => ['ts', 'js', 'yaml'].includes(language));

  test('has code, all of it from files that are checked and run', () => {
    expect(code.length).toBeGreaterThan(0);
    expect(code.filter(({ source }) => source === undefined)).toEqual([]);
  });

  test.each(code)('quotes $source word for word', ({ source = '', text }) => {
    expect(`\n${read(source)}`).toContain(`\n${text}`);
  });
});

test('a quotation that was changed is found', () => {
  const [block] = blocksOf('<!-- from README.md -->\n```ts\nnot in there\n```\n');
  expect(block).toEqual({ source: 'README.md', language: 'ts', text: 'not in there\n' });
});

test.each(pages)('%s: its links lead somewhere', (page) => {
  const links = [...read(page).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, link = '']) => link);
  const local = links.filter((link) => !link.startsWith('http'));
  const broken = local.filter((link) => !existsSync(join(root, dirname(page), link)));
  expect(broken).toEqual([]);
});

/** Headings as GitHub makes anchors of them. */
function anchorsOf(page: string): ReadonlySet<string> {
  const headings = read(page)
    .replace(/^```.*?^```$/gms, '')
    .matchAll(/^#+ (.*)$/gm);
  const anchors = [...headings].map(([, heading = '']) =>
    heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
  return new Set(anchors);
}

test.each(pages)('%s: its links lead to headings that are there', (page) => {
  const links = [...read(page).matchAll(/\]\(([^)#]*\.md)?#([^)]+)\)/g)];
  const broken = links.filter(([, path, anchor = '']) => {
    const target = path === undefined ? page : join(dirname(page), path);
    return !anchorsOf(target).has(anchor);
  });
  expect(broken.map(([link]) => link)).toEqual([]);
});

test.each(pages)('%s: the files of the repository that it names are there', (page) => {
  const folders = 'bench|chaos|conformance|docs|examples|packages|scripts|test';
  const named = [...read(page).matchAll(new RegExp(`\`((?:${folders})/[\\w./-]+)\``, 'g'))];
  const missing = named
    .map(([, path = '']) => path)
    // What runs leave behind.
    .filter((path) => !path.endsWith('/results'))
    .filter((path) => !existsSync(join(root, path)));
  expect(missing).toEqual([]);
});

test.each(pages)('%s: the npm scripts it names exist', (page) => {
  const named = [...read(page).matchAll(/npm (?:run ([\w:-]+)|(start|test)\b)/g)].map(
    ([, run, short]) => run ?? short ?? '',
  );
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});

test('the README lists every package', () => {
  const packages = readdirSync(join(root, 'packages'));
  const listed = [...read('README.md').matchAll(/^\| \[`@mooring\/([\w-]+)`\]/gm)].map(([, name]) => name);
  expect(listed.toSorted()).toEqual(packages.toSorted());
});

test('the examples page lists every example', () => {
  const folders = readdirSync(join(root, 'examples'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const linked = [...read('examples/README.md').matchAll(/^\| \[([\w-]+)\]/gm)].map(([, name]) => name);
  expect(linked.toSorted()).toEqual(folders.toSorted());
});

test('the quickstart has as many pods as the README says', () => {
  const manifests = ['seed/pod-liveness-http.yaml', 'seed/pod-tcp-probes.yaml'].concat(
    readdirSync(join(root, 'examples/quickstart/pods')).map((name) => `quickstart/pods/${name}`),
  );
  const pods = manifests.flatMap((path) => read(join('examples', path)).match(/^kind: Pod$/gm) ?? []);
  expect(pods).toHaveLength(11);
  for (const page of ['README.md', 'examples/README.md']) expect(read(page)).toMatch(/eleven pods/);
});

test('the documentation leads to every page', () => {
  const linked = new Set([...read('docs/README.md').matchAll(/\]\(([^)]+)\)/g)].map(([, link]) => link));
  const missing = markdownIn('docs')
    .map((page) => relative('docs', page))
    .filter((page) => page !== 'README.md' && !linked.has(page));
  expect(missing).toEqual([]);
});
