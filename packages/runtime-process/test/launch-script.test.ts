import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fc } from '../../../test/support/fast-check.ts';
import { type LaunchSpec, quote, renderExecScript, renderLaunchScript } from '../src/launch-script.ts';

const spec: LaunchSpec = {
  ...{ argv: ['true'], workingDir: '/', env: { PATH: '/usr/bin:/bin' }, mounts: [], readOnlyRoot: false },
  ...{ cgroups: [], privileges: { noNewPrivileges: false, dropCapabilities: [], addCapabilities: [] } },
};

/** Runs the script; `said` is what came over descriptor 3, where there is nobody to answer. */
function run(script: string): {
  readonly said: string;
  readonly output: string;
  readonly status: number | null;
} {
  const dir = mkdtempSync(join(tmpdir(), 'mooring-script-'));
  const control = openSync(join(dir, 'control'), 'a+');
  try {
    const { stdout, status } = spawnSync('/bin/sh', [], {
      input: script,
      env: { PATH: '/usr/bin:/bin' },
      stdio: ['pipe', 'pipe', 'ignore', control],
      encoding: 'utf8',
      timeout: 10_000,
    });
    return { said: readFileSync(join(dir, 'control'), 'utf8'), output: stdout, status };
  } finally {
    closeSync(control);
    rmSync(dir, { recursive: true, force: true });
  }
}

const noNul = (text: string) => !text.includes('\0');

describe('the launch script', () => {
  it('passes any words to the program, whatever a shell thinks of them', () => {
    const words = fc.array(fc.string({ unit: 'grapheme' }).filter(noNul), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(words, (args) => {
        const { output } = run(renderExecScript({ ...spec, argv: ['printf', '%s\\n--\\n', ...args] }));
        expect(output).toBe(args.map((arg) => `${arg}\n--\n`).join(''));
      }),
      { numRuns: 50 },
    );
  });

  it('passes any environment to the program and nothing else', () => {
    const name = fc.oneof(
      fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/),
      fc.stringMatching(/^[A-Za-z][A-Za-z0-9.-]{0,8}$/),
      fc.constantFrom(
        'PWD',
        'OLDPWD',
        'IFS',
        'PPID',
        'UID',
        'SHLVL',
        'PS4',
        '_',
        'mooring_error',
        'fail',
        'ENV',
      ),
    );
    const value = fc.string().filter(noNul);
    fc.assert(
      fc.property(fc.dictionary(name, value, { maxKeys: 6 }), (given) => {
        const env = { ...given, PATH: '/usr/bin:/bin' };
        const { output } = run(renderExecScript({ ...spec, argv: ['env', '-0'], env }));
        const seen = Object.fromEntries(
          output
            .split('\0')
            .filter(Boolean)
            .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
        );
        expect(seen).toEqual(env);
      }),
      { numRuns: 50 },
    );
  });

  const complaints = [
    {
      name: 'a program that is not in the PATH',
      change: { argv: ['no-such-program'] },
      want: 'fail exec: "no-such-program": executable file not found in $PATH',
    },
    {
      name: 'a path that is not there',
      change: { argv: ['/no/such'] },
      want: 'fail exec: "/no/such": stat /no/such: no such file or directory',
    },
    { name: 'a directory', change: { argv: ['/usr'] }, want: 'fail exec: "/usr": permission denied' },
    {
      name: 'a file that cannot be run',
      change: { argv: ['/etc/passwd'] },
      want: 'fail exec: "/etc/passwd": permission denied',
    },
    {
      name: 'a working directory that is not there',
      change: { workingDir: '/no/such' },
      want: 'fail working directory "/no/such" cannot be entered',
    },
  ];
  it.each(complaints)('says so before it starts: $name', ({ change, want }) => {
    const { said, status } = run(renderExecScript({ ...spec, ...change }));
    expect(said).toBe(want);
    expect(status).toBe(125);
  });

  it('waits for its word after it has checked everything', () => {
    const script = renderLaunchScript(spec);
    // There is nobody to give the word: descriptor 3 is at its end.
    expect(run(script)).toMatchObject({ said: 'ready\n', status: 0 });
  });

  it('takes rights away before the program starts', () => {
    const privileges = {
      ...{ uid: 1000, gid: 3000, noNewPrivileges: true },
      ...{ dropCapabilities: ['ALL'], addCapabilities: ['NET_BIND_SERVICE', 'CAP_CHOWN'] },
    };
    expect(renderExecScript({ ...spec, privileges })).toContain(
      `exec "$mooring_setpriv" '--regid=3000' '--clear-groups' '--reuid=1000' '--no-new-privs' ` +
        `'--inh-caps=-all,+net_bind_service,+chown' '--bounding-set=-all,+net_bind_service,+chown' '--' 'true' 3>&-`,
    );
  });

  it('gives group 0 to a user without a group, as Kubernetes does', () => {
    const privileges = { ...spec.privileges, uid: 1000 };
    expect(renderExecScript({ ...spec, privileges })).toContain(
      "'--regid=0' '--clear-groups' '--reuid=1000'",
    );
  });

  it('quotes quotes', () => {
    expect(quote("it's", '$HOME')).toBe(`'it'\\''s' '$HOME'`);
  });
});

describe('a shell that waits to become a container', () => {
  // Plain JavaScript, as it is run.
  const shellModule = join(import.meta.dirname, '../src/supervisor/shell.js');
  const bootstrapOf = (oomScoreAdjust: number) =>
    execFileSync(
      process.execPath,
      [
        ...['--input-type=module', '-e'],
        `import { bootstrapOf } from ${JSON.stringify(shellModule)}; console.log(bootstrapOf(${oomScoreAdjust}))`,
      ],
      { encoding: 'utf8' },
    );

  it.each([
    ['is found by the kernel when memory is wanted, as if its supervisor were not protected', -500, '0'],
    ['is left as it is where it has no protection', 0, '100'],
  ])('%s', (_, oomScoreAdjust, want) => {
    const dir = mkdtempSync(join(tmpdir(), 'mooring-bootstrap-'));
    writeFileSync(join(dir, 'run.sh'), 'cat /proc/self/oom_score_adj');
    writeFileSync(join(dir, 'control'), `${join(dir, 'run.sh')}\n`);
    const control = openSync(join(dir, 'control'), 'r');
    // Only root may lower it below what it was at first.
    const script = `echo 100 >/proc/self/oom_score_adj${bootstrapOf(oomScoreAdjust)}`;
    const { stdout } = spawnSync('/bin/sh', ['-c', script, 'mooring', dir, 'name', ''], {
      stdio: ['ignore', 'pipe', 'inherit', control],
      encoding: 'utf8',
    });
    closeSync(control);
    rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    expect(stdout.trim()).toBe(want);
  });
});
