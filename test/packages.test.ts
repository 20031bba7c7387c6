/** The packages as npm packs them, in a project of a user's: only what they say they depend on is there. */

import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeFolder } from './support/remove-folder.ts';

const run = promisify(execFile);
const repository = join(import.meta.dirname, '..');
/** Enough to compile everything on a machine that has much else to do. */
const timeout = 400_000;

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const packages = readdirSync(join(repository, 'packages')).map((folder) => {
  const path = join(repository, 'packages', folder, 'package.json');
  return JSON.parse(readFileSync(path, 'utf8')) as Manifest;
});

describe('the packages as they are published', () => {
  const project = mkdtempSync(join(tmpdir(), 'mooring-packages-'));
  const modules = join(project, 'node_modules');

  beforeAll(async () => {
    await run('npx', ['tsc', '-b'], { cwd: repository });
    // What their scripts do before packing has been done above, once for all.
    const pack = ['pack', '--workspaces', '--ignore-scripts', '--silent', '--pack-destination', project];
    await run('npm', pack, { cwd: repository });
    for (const one of packages) {
      const prefix = `${one.name.slice(1).replace('/', '-')}-${one.version}`;
      await unpack(`${prefix}.tgz`, one);
    }
    for (const name of ['@types/node', 'typescript']) link(name);
    writeFileSync(join(project, 'package.json'), JSON.stringify({ type: 'module' }));
    cpSync(join(import.meta.dirname, 'fixtures/packages/user.ts'), join(project, 'user.ts'));
  }, timeout);
  afterAll(() => removeFolder(project));

  it.each(packages.map(({ name }) => name))('%s brings its licence and its page, and no sources', (name) => {
    const files = readdirSync(join(modules, name));
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'dist', 'package.json']));
    expect(files).not.toEqual(expect.arrayContaining(['src']));
    expect(files).not.toEqual(expect.arrayContaining(['test']));
    const page = readFileSync(join(modules, name, 'README.md'), 'utf8');
    expect(page).toMatch(new RegExp(`npm install .*${name}\\b`));
  });

  it.each(packages.map(({ name }) => name))('%s brings nothing of the machine that made it', (name) => {
    const files = readdirSync(join(modules, name), { recursive: true, encoding: 'utf8' });
    expect(files.filter((file) => file.endsWith('.tsbuildinfo'))).toEqual([]);
    const texts = files.filter((file) => /\.(?:js|ts|map|json)$/.test(file));
    const read = (file: string) => readFileSync(join(modules, name, file), 'utf8');
    expect(texts.filter((file) => read(file).includes(repository))).toEqual([]);
    // Without sources beside them, maps have to hold what they lead to.
    const maps = texts.filter((file) => file.endsWith('.js.map'));
    expect(maps.length).toBeGreaterThan(0);
    expect(maps.filter((file) => JSON.parse(read(file)).sourcesContent?.length !== 1)).toEqual([]);
  });

  it(
    'compile in a strict program, a manifest written in place included, and it runs',
    async () => {
      const options = ['--module', 'nodenext', '--target', 'es2022', '--lib', 'es2023,esnext.disposable'];
      const strict = ['--strict', '--exactOptionalPropertyTypes', '--types', 'node', '--outDir', 'out'];
      const compiler = join(modules, 'typescript/bin/tsc');
      const { stdout } = await run('node', [compiler, ...options, ...strict, 'user.ts'], {
        cwd: project,
      }).catch((error: { readonly stdout: string }) => error);
      // The types of others may have faults of their own; ours and those that they need may not.
      expect(stdout.split('\n').filter((line) => /^(user\.ts|node_modules\/@mooring)/.test(line))).toEqual(
        [],
      );
      const ran = await run('node', ['out/user.js'], { cwd: project });
      expect(JSON.parse(ran.stdout)).toEqual({
        pods: ['web Running'],
        exitCodes: true,
        parts: expect.arrayContaining(['TestClock: function', 'nats: function', 'dockerRuntime: function']),
      });
    },
    timeout,
  );

  it('serve who still writes require(), and moor', async () => {
    const script = "console.log(typeof require('@mooring/core').createAgent)";
    expect((await run('node', ['--eval', script], { cwd: project })).stdout).toBe('function\n');
    const { version } = JSON.parse(readFileSync(join(modules, '@mooring/cli/package.json'), 'utf8'));
    const moor = join(modules, '@mooring/cli/bin/moor.js');
    expect((await run('node', [moor, '--version'], { cwd: project })).stdout).toBe(`${version}\n`);
  });

  async function unpack(archive: string, { name, dependencies = {} }: Manifest): Promise<void> {
    const folder = join(modules, name);
    mkdirSync(folder, { recursive: true });
    await run('tar', ['-xzf', join(project, archive), '-C', folder, '--strip-components', '1']);
    for (const dependency of Object.keys(dependencies))
      if (!dependency.startsWith('@mooring/')) link(dependency);
  }

  function link(name: string): void {
    const path = join(modules, name);
    if (existsSync(path)) return;
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(join(repository, 'node_modules', name), path);
  }
});
