import { spawn, spawnSync } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@mooring/core';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { allCommands } from '../src/commands/all-commands.ts';
import { flagsOf } from '../src/flags.ts';
import { listenForInterrupts } from '../src/interrupts.ts';
import { isBelowNohup } from '../src/nohup.ts';
import { reportError } from '../src/user-error.ts';
import { workingDirectory } from '../src/working-directory.ts';
import { moor } from './support/test-shell.ts';

const dir = mkdtempSync(join(tmpdir(), 'moor-command-line-'));
afterAll(() => rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));

const pod = (image: string) =>
  `apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [{ name: c, image: ${image} }] }\n`;

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
    [
      ['run', 'https://host/web.yaml'],
      'addresses are not fetched: curl -fsS https://host/web.yaml | moor run -',
    ],
    [['run', 'x.yaml', '--data-dir=~/state'], 'moor: --data-dir: must be written out, as ~ is a home'],
    [['logs', 'web'], `moor: unknown command 'logs'`],
    [['logs', 'web'], 'kubectl logs -f web.'],
    [['run', '-f', 'web.yaml'], 'Files are named without a flag: moor run web.yaml.'],
    [['up', '-d'], 'moor install-service up.'],
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

  it('is to name an object twice, or so it seems', async () => {
    const folder = mkdtempSync(join(dir, 'twins-'));
    writeFileSync(join(folder, 'a.yaml'), pod('one'));
    writeFileSync(join(folder, 'b.yaml'), pod('two'));
    // What an editor has left there.
    writeFileSync(join(folder, '.#b.yaml'), 'kind: [');
    const { exitCode, err } = await moor(['run', '.'], { cwd: folder });
    expect({ exitCode, err }).toEqual({
      exitCode: 2,
      err: expect.stringMatching(
        /^warning: Pod default\/a is in a\.yaml and again in b\.yaml: the later one counts\nmoor: no program/,
      ),
    });
  });

  it('in a pipe, as the shell makes of <(generate), is found as in a file', async () => {
    const pipe = join(dir, 'pipe');
    const script = 'mkfifo "$1" && { printf "kind: [" >"$1" & }';
    expect(spawnSync('sh', ['-c', script, 'sh', pipe], { stdio: 'ignore' }).status).toBe(0);
    const { exitCode, err } = await moor(['run', pipe], { cwd: '/' });
    expect({ exitCode, err }).toEqual({ exitCode: 2, err: expect.stringContaining(`${pipe}:1`) });
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

describe('the end of the terminal', () => {
  it.each([
    ['without nohup', false, true],
    ['below nohup', true, false],
  ])('%s', (_, ignoresHangup, isEnd) => {
    const source = new EventEmitter();
    const { gentle } = listenForInterrupts(source, systemClock, { ignoresHangup });
    source.emit('SIGHUP');
    expect(gentle.aborted).toBe(isEnd);
    source.emit('SIGTERM');
    expect(gentle.aborted).toBe(true);
  });

  it.each([
    ['0>/dev/null', true],
    ['</dev/null', false],
    ['0>&1', false],
    ['0<&-', false],
  ])('is seen to be that of nohup by an input of %s', async (input, want) => {
    // As `nohup` does in a terminal.
    const child = spawn('sh', ['-c', `exec sleep 60 ${input}`], { stdio: ['pipe', 'pipe', 'ignore'] });
    const directory = `/proc/${child.pid}`;
    try {
      const name = () => readFileSync(`${directory}/comm`, 'latin1').trim();
      await vi.waitFor(() => expect(name()).toBe('sleep'), { timeout: 10_000 });
      expect(isBelowNohup(directory)).toBe(want);
    } finally {
      child.kill('SIGKILL');
    }
  });
});

describe('what the host lacks', () => {
  it.each(['EMFILE', 'ENOSPC'])('is no mistake of moor: %s', (code) => {
    const error = Object.assign(new Error(`${code}: open`), { code, syscall: 'open' });
    const { lines, exitCode } = reportError(error, false);
    expect({ lines, exitCode }).toEqual({
      lines: [`moor: ${code}: open`, expect.stringMatching(/limit|room/)],
      exitCode: 3,
    });
  });

  it('may be the working directory', () => {
    const cwd = () => {
      throw new Error('ENOENT: uv_cwd');
    };
    expect(() => workingDirectory({ cwd })).toThrow('the working directory is not there any more: ENOENT');
  });

  it('may be a place for temporary files', async () => {
    vi.stubEnv('TMPDIR', '/nowhere');
    const { exitCode, err } = await moor(['run', '-', '--image', 'x'], { input: pod('x') });
    vi.unstubAllEnvs();
    expect({ exitCode, err }).toEqual({
      exitCode: 2,
      err: expect.stringMatching(
        /^moor: no directory can be made in \/nowhere, .* name another one with TMPDIR/,
      ),
    });
  });
});
