import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importProblems, type PackageManifest } from './import-rules.ts';
import { filesBelow, packageFiles, parseSource, repository } from './source-file.ts';

const core: PackageManifest = {
  name: '@mooring/core',
  dependencies: { xstate: '5', tsyringe: '4', lmdb: '3' },
};
const server: PackageManifest = {
  name: '@mooring/apiserver',
  peerDependencies: { '@mooring/core': '0' },
};
const plugin: PackageManifest = { name: '@mooring/probe-x', peerDependencies: { '@mooring/core': '0' } };

describe('every import of the packages is in the table of the architecture', () => {
  const files = packageFiles('src');

  it('and there are packages to look at', () => {
    expect(files.length).toBeGreaterThan(100);
  });

  it('and none is outside of it', () => {
    expect(files.flatMap((file) => importProblems(file, manifestOf(file.path)))).toEqual([]);
  });
});

describe('the table allows', () => {
  it.each([
    [core, 'core/src/kubelet/pod/a.ts', `import { b } from '../../store/keys.ts';`],
    [core, 'core/src/kubelet/pod/a.ts', `import { b } from '../probe/b.ts'; import 'xstate';`],
    [core, 'core/src/index.ts', `export { b } from './kubelet/b.ts';`],
    [core, 'core/src/cluster/a.ts', `import 'tsyringe'; import '../kubelet/b.ts';`],
    [core, 'core/src/store/lmdb-store.ts', `const { open } = await import('lmdb');`],
    [
      plugin,
      'probe-x/src/a.ts',
      `import { connect } from 'node:net'; import '@mooring/core'; import '@mooring/core/words'; import './b.ts';`,
    ],
  ])('%#: %o', (manifest, path, text) => {
    expect(importProblems(parseSource(`packages/${path}`, text), manifest)).toEqual([]);
  });
});

describe('the table forbids', () => {
  it.each([
    [core, 'core/src/api/a.ts', `import '../contract/b.ts';`, 'api may not import contract'],
    [core, 'core/src/engine/a.ts', `import type { B } from '../api/b.ts';`, 'engine may not import api'],
    [
      core,
      'core/src/kubelet/a.ts',
      `export * from '../controller/b.ts';`,
      'kubelet may not import controller',
    ],
    [core, 'core/src/testing/a.ts', `import '../cluster/b.ts';`, 'testing may not import cluster'],
    [core, 'core/src/kubelet/a.ts', `import '../index.ts';`, 'kubelet may not import the index'],
    [core, 'core/src/magic/a.ts', `import '../api/b.ts';`, 'the folder "magic" is not in the table'],
    [core, 'core/src/bus/a.ts', `import '@mooring/probe-http';`, 'core may not import "@mooring/probe-http"'],
    [core, 'core/src/kubelet/a.ts', `import 'tsyringe';`, '"tsyringe" is for ^cluster\\/ only'],
    [core, 'core/src/store/a.ts', `await import('lmdb');`, '"lmdb" is for ^store\\/lmdb-[^/]+$ only'],
    [core, 'core/src/bus/a.ts', `import 'left-pad';`, '"left-pad" is not declared in package.json'],
    [
      plugin,
      'probe-x/src/a.ts',
      `import '../../core/src/index.ts';`,
      'lies outside of packages/probe-x/src/',
    ],
    [
      plugin,
      'probe-x/src/a.ts',
      `import '@mooring/core/testing';`,
      'this package may import "@mooring/core" only',
    ],
    [
      server,
      'apiserver/src/a.ts',
      `import '@mooring/core/nats';`,
      'this package may import "@mooring/core" only',
    ],
    [
      plugin,
      'probe-x/src/a.ts',
      `type A = import('@mooring/probe-y').A;`,
      '"@mooring/probe-y" is not declared',
    ],
  ])('%#: %o', (manifest, path, text, problem) => {
    expect(importProblems(parseSource(`packages/${path}`, text), manifest)).toEqual([
      expect.stringContaining(problem),
    ]);
  });
});

function manifestOf(path: string): PackageManifest {
  const file = join(repository, path.split('/').slice(0, 2).join('/'), 'package.json');
  return JSON.parse(readFileSync(file, 'utf8')) as PackageManifest;
}

it('properties are tested with the seed of all tests', () => {
  const direct = [...packageFiles('test'), ...filesBelow('test')]
    .filter(({ path, imports }) => path !== 'test/support/fast-check.ts' && imports.includes('fast-check'))
    .map(({ path }) => path);
  expect(direct, "import { fc } from 'test/support/fast-check.ts'").toEqual([]);
});
