import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { allCommands } from '../src/commands/all-commands.ts';
import { completionScript, shellNames } from '../src/completion.ts';
import { flagsOf } from '../src/flags.ts';
import { moor } from './support/test-shell.ts';

const dir = mkdtempSync(join(tmpdir(), 'moor-command-line-'));
afterAll(() => rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));

describe('help', () => {
  it('is what moor says when it is told nothing', async () => {
    const { exitCode, out, err } = await moor([]);
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    for (const { name, summary } of allCommands)
      expect(out).toMatch(new RegExp(`  ${name} .*${summary.slice(0, 20)}`));
  });

  it.each(allCommands.map((command) => [command.name, command] as const))(
    'of %s has its flags and examples',
    async (name, command) => {
      const { exitCode, out } = await moor(['help', name]);
      expect(exitCode).toBe(0);
      for (const { flag } of flagsOf(command)) expect(out).toContain(flag);
      expect(command.examples.length).toBeGreaterThan(0);
      for (const [line] of command.examples) expect(out).toContain(line);
      // The examples of a page are command lines that the page describes.
      for (const [line] of command.examples)
        for (const [flag] of (line.startsWith('moor ') ? line : '').matchAll(/(?<= )--[a-z][a-z-]*/g))
          expect(out.split('Examples:')[0]).toContain(flag);
    },
  );

  it('is what the documentation tells, too', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/moor.md'), 'utf8');
    const unnamed = allCommands.filter(
      ({ name }) => !page.includes(`moor ${name}`) && !page.includes(`\`${name}\``),
    );
    expect(unnamed.map(({ name }) => name)).toEqual([]);
  });

  it('of settings names each with its variable', async () => {
    const { out } = await moor(['help', 'settings']);
    expect(out).toContain('nats.servers');
    expect(out).toContain('MOOR_NATS_SERVERS');
  });
});

describe('a mistake', () => {
  it.each([
    [['rnu'], `moor: unknown command 'rnu'\n(Did you mean run?)`],
    [['help', 'hwy'], `moor: unknown command 'hwy'\n(Did you mean why?)`],
    [['run', 'x.yaml', '--runtme', 'docker'], `moor: unknown option '--runtme'\n(Did you mean --runtime?)`],
    [['run'], `moor: missing required argument 'file'`],
    [['run', 'x.yaml', '--runtime', 'dokcer'], 'moor: --runtime: must be process or docker, not "dokcer"'],
    [['run', 'x.yaml', '--color', 'pink'], `Allowed choices are auto, always, never.`],
    [['run', 'nowhere.yaml'], 'moor: /nowhere/nowhere.yaml cannot be read: ENOENT'],
    [['run', 'x.yaml', '--config', 'nowhere.yaml'], 'moor: nowhere.yaml cannot be read: ENOENT'],
    [['completion', 'cmd'], 'there is no completion for "cmd"'],
  ])('%j ends with 2, and says what to do', async (argv, words) => {
    const { exitCode, out, err } = await moor(argv);
    expect(err).toContain(words);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    // A sentence beyond the complaint, and no stack.
    expect(err.trim().split('\n').length).toBeGreaterThan(1);
    expect(err).not.toMatch(/^\s+at /m);
  });

  it('in the file of the working directory is found', async () => {
    writeFileSync(join(dir, 'moor.yaml'), 'runtme: docker\n');
    const { exitCode, err } = await moor(['run', 'x.yaml'], { cwd: dir });
    expect(exitCode).toBe(2);
    expect(err).toContain(`${join(dir, 'moor.yaml')}:1: runtme: unknown key (did you mean "runtime"?)`);
  });

  it('is to run what runs nothing', async () => {
    const file = join(dir, 'settings-only.yaml');
    writeFileSync(file, 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n');
    const { exitCode, err } = await moor(['run', file]);
    expect({ exitCode, err }).toEqual({
      exitCode: 2,
      err: expect.stringMatching(/^moor: nothing in \S+settings-only\.yaml runs pods\nName a manifest/),
    });
  });

  it('in manifests is told for all of them at once', async () => {
    const folder = mkdtempSync(join(dir, 'manifests-'));
    writeFileSync(
      join(folder, 'a.yaml'),
      'apiVersion: v1\nkind: Pod\nmetadata: { name: A }\nspec: { containers: [] }\n',
    );
    writeFileSync(join(folder, 'b.yaml'), 'kind: [\n');
    const { exitCode, err } = await moor(['run', folder], { cwd: '/' });
    expect(exitCode).toBe(2);
    expect(err).toMatch(/a\.yaml:\d+ \(document 1\): metadata\.name/);
    expect(err).toMatch(/b\.yaml:\d+/);
  });
});

describe('completion', () => {
  it.each(shellNames)('of %s knows every command and flag', (shell) => {
    const script = completionScript(shell, allCommands);
    for (const command of allCommands) {
      expect(script).toContain(command.name);
      for (const { flag } of flagsOf(command))
        expect(script).toContain(shell === 'fish' ? `-l ${flag.slice(2)}` : flag);
    }
  });

  it('of bash works in bash', () => {
    const complete = (words: readonly string[]) => {
      const script = `${completionScript('bash', allCommands)}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}) COMP_CWORD=${words.length - 1}
_moor; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
      expect(stderr).toBe('');
      return stdout.trim().split('\n');
    };
    expect(complete(['moor', 'ru'])).toEqual(['run']);
    expect(complete(['moor', 'run', '--runt'])).toEqual(['--runtime']);
    expect(complete(['moor', 'run', '--runtime', ''])).toEqual(['process', 'docker']);
    expect(complete(['moor', 'completion', 'f'])).toEqual(['fish']);
  });
});
