import { posix } from 'node:path';
import { expect, it } from 'vitest';
import { packageFiles, type SourceFile } from './source-file.ts';

const sources = new Map(packageFiles('src').map((file) => [file.path, file]));

/** What is loaded with a file: what it imports by value, and what that imports. */
function loadedWith(path: string, loaded = new Set<string>()): ReadonlySet<string> {
  const file = sources.get(path);
  if (file === undefined || loaded.has(path)) return loaded;
  loaded.add(path);
  for (const name of valueImports(file)) loadedWith(posix.join(posix.dirname(path), name), loaded);
  return loaded;
}

function valueImports({ program }: SourceFile): readonly string[] {
  return program.body.flatMap((node) => {
    if (node.type === 'ImportDeclaration') return node.importKind === 'type' ? [] : [node.source.value];
    if (node.type === 'ExportAllDeclaration' || node.type === 'ExportNamedDeclaration')
      return node.exportKind === 'type' || node.source === null ? [] : [node.source.value];
    return [];
  });
}

it('who starts an agent loads neither the built-in controllers nor the scheduler', () => {
  const loaded = [...loadedWith('packages/core/src/index.ts')];
  expect(loaded.length).toBeGreaterThan(200);
  expect(loaded.filter((path) => /-controller\.ts$|\/(?:start|wire)-scheduler\.ts$/.test(path))).toEqual([]);
});
