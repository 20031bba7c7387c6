import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const repository = join(import.meta.dirname, '..');

/** Pages by file name. */
export type Pages = ReadonlyMap<string, string>;

/** Writes the pages into a folder of the repository; or, to check, names those that differ and sets the exit code. */
export async function updateDocs(folder: string, pages: Pages, isCheck: boolean): Promise<void> {
  const stale = await stalePages(folder, pages);
  if (isCheck) {
    for (const path of stale) console.error(`${path} differs from what would be written`);
    if (stale.length > 0) process.exitCode = 1;
    return;
  }
  await mkdir(join(repository, folder), { recursive: true });
  for (const path of stale) {
    const page = pages.get(path.slice(folder.length + 1));
    if (page === undefined) await rm(join(repository, path));
    else await writeFile(join(repository, path), page);
    console.log(`${page === undefined ? 'removed' : 'wrote'} ${path}`);
  }
}

/** The pages that are missing or differ, and those in the folder that the same command wrote once and no longer does. */
export async function stalePages(folder: string, pages: Pages): Promise<readonly string[]> {
  const stale: string[] = [];
  for (const [name, page] of pages) {
    const path = `${folder}/${name}`;
    if ((await textOf(join(repository, path))) !== page) stale.push(path);
  }
  return [...stale, ...(await leftovers(folder, pages))];
}

/** A page that says it was generated, by the same command as the others, and is not among them. */
async function leftovers(folder: string, pages: Pages): Promise<readonly string[]> {
  const [mark] = [...pages.values()].flatMap((page) => /<!-- Written by `[^`]*`/.exec(page) ?? []);
  if (mark === undefined) return [];
  const directory = join(repository, folder);
  const names = existsSync(directory) ? await readdir(directory) : [];
  const others = names
    .filter((name) => name.endsWith('.md') && !pages.has(name))
    .map((name) => `${folder}/${name}`);
  const texts = await Promise.all(others.map((path) => textOf(join(repository, path))));
  return others.filter((_, index) => texts[index]?.includes(mark));
}

async function textOf(file: string): Promise<string | undefined> {
  return existsSync(file) ? await readFile(file, 'utf8') : undefined;
}
