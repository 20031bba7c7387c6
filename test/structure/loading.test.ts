import { posix } from 'node:path';
import { expect, it } from 'vitest';
import { packageFiles, type SourceFile } from './source-file.ts';

const sources = new Map(packageFiles('src').map((file) => [file.path, file]));

/** What is loaded with a file: what it imports by value, and what that imports; packages of others by their names. */
function loadedWith(path: string, loaded = new Set<string>()): ReadonlySet<string> {
  const file = sources.get(path);
  if (loaded.has(path)) return loaded;
  loaded.add(path);
  for (const name of file === undefined ? [] : valueImports(file)) loadedWith(found(name, path), loaded);
  return loaded;
}

function found(name: string, from: string): string {
  if (name.startsWith('.')) return posix.join(posix.dirname(from), name);
  const [, own, subpath = 'index'] = /^@mooring\/([^/]+)(?:\/(.+))?$/.exec(name) ?? [];
  return own === undefined ? name : `packages/${own}/src/${subpath}.ts`;
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

it('who asks moor for help, a version or a completion waits for the command line only', () => {
  const loaded = [...loadedWith('packages/cli/src/main.ts')];
  expect(loaded).toContain('packages/cli/src/completion.ts');
  const others = loaded.filter((path) => !path.startsWith('packages/cli/'));
  expect(others.filter((path) => !path.startsWith('node:')).toSorted()).toEqual([
    'commander',
    'packages/core/src/api/nearest.ts',
    'packages/core/src/contract/error.ts',
    'packages/core/src/engine/system-clock.ts',
    'packages/core/src/words.ts',
    'packages/metrics/src/listen-address.ts',
  ]);
});
