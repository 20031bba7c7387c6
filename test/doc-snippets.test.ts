import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { removeFolder } from './support/remove-folder.ts';

const root = join(import.meta.dirname, '..');
// Below the packages that the code imports.
const folder = join(root, 'node_modules/.cache/doc-snippets');
afterAll(() => removeFolder(folder));

/** Code that is quoted from a file is checked there. */
function codeOf(page: string): readonly string[] {
  const blocks = readFileSync(join(root, page), 'utf8').matchAll(
    /(<!-- from \S+ -->\n)?^```ts\n(.*?)^```$/gms,
  );
  return [...blocks].filter(([, quoted]) => quoted === undefined).map(([, , code = '']) => code);
}

const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}/README.md`),
];

async function typeErrors(): Promise<string> {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  try {
    await promisify(execFile)(process.execPath, [tsc, '-p', folder], { timeout: 80_000 });
    return '';
  } catch (error) {
    return (error as { readonly stdout: string }).stdout || String(error);
  }
}

test('the code of every page can be compiled as it stands there', async () => {
  mkdirSync(folder, { recursive: true });
  const snippets = pages.flatMap((page) => codeOf(page).map((code, i) => ({ page, code, i })));
  expect(snippets.length).toBeGreaterThan(20);
  for (const { page, code, i } of snippets)
    writeFileSync(join(folder, `${page.replaceAll('/', '-')}-${i + 1}.ts`), `${code}\nexport {};\n`);
  const options = {
    extends: join(root, 'tsconfig.test.json'),
    compilerOptions: { noUnusedLocals: false, rootDir: '/' },
    include: [join(folder, '*.ts'), join(root, 'test/fixtures/doc-snippets/reader.d.ts')],
    exclude: [],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(options));
  expect(await typeErrors()).toBe('');
});
