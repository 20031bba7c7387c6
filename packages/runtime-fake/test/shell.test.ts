import { spawnSync } from 'node:child_process';
import { TestClock } from '@mooring/core/testing';
import { FakeHost, FakeRuntime } from '@mooring/runtime-fake';
import { describe, expect, test } from 'vitest';
import { type Ran, runCommand, runScript, startInPod } from './run-script.ts';

interface Row {
  readonly name: string;
  readonly script: string;
  readonly want: Partial<Ran>;
}

const rows: readonly Row[] = [
  { name: 'prints', script: 'echo hello world', want: { stdout: 'hello world\n', exitCode: 0 } },
  { name: 'prints without a newline', script: 'echo -n a; echo b', want: { stdout: 'ab\n' } },
  { name: 'runs one command after the other', script: 'echo a; echo b', want: { stdout: 'a\nb\n' } },
  { name: 'takes lines and comments', script: 'echo a # not this\n\necho b', want: { stdout: 'a\nb\n' } },
  { name: 'goes on after success', script: 'true && echo yes || echo no', want: { stdout: 'yes\n' } },
  { name: 'goes on after failure', script: 'false && echo yes || echo no', want: { stdout: 'no\n' } },
  { name: 'negates', script: '! false && echo yes', want: { stdout: 'yes\n' } },
  { name: 'ends with the code of its last command', script: 'true; false', want: { exitCode: 1 } },
  { name: 'exits with a code', script: 'exit 7; echo never', want: { exitCode: 7, stdout: '' } },
  { name: 'exits with the last code', script: 'false; exit', want: { exitCode: 1 } },
  { name: 'knows the last code', script: 'false; echo $?', want: { stdout: '1\n' } },
  { name: 'sets and reads variables', script: 'a=1; b="$a 2"; echo $b', want: { stdout: '1 2\n' } },
  { name: 'falls back for unset ones', script: `echo \${a:-none} \${a}`, want: { stdout: 'none\n' } },
  { name: 'keeps quoted blanks', script: `a='x  y'; echo "$a" $a`, want: { stdout: 'x  y x y\n' } },
  { name: 'expands nothing in single quotes', script: "echo '$a `b`'", want: { stdout: '$a `b`\n' } },
  { name: 'escapes', script: 'echo \\$a "\\$b \\q" a\\ \\ b', want: { stdout: '$a $b \\q a  b\n' } },
  { name: 'keeps an empty word', script: 'set_args() { echo $#; }; set_args "" a', want: { stdout: '2\n' } },
  { name: 'drops an empty expansion', script: 'f() { echo $#; }; f $none a', want: { stdout: '1\n' } },
  {
    name: 'takes the output of a command',
    script: 'a=$(echo x; echo y); echo "$a"',
    want: { stdout: 'x\ny\n' },
  },
  { name: 'takes it in backquotes too', script: 'echo `echo in`', want: { stdout: 'in\n' } },
  { name: 'nests outputs', script: 'echo $(echo $(echo ")"))', want: { stdout: ')\n' } },
  {
    name: 'calculates',
    script: 'i=3; i=$((i * 2 + 1)); echo $i $((7 % 4)) $((1 < 2))',
    want: { stdout: '7 3 1\n' },
  },
  {
    name: 'chooses',
    script: 'if false; then echo a; elif true; then echo b; else echo c; fi',
    want: { stdout: 'b\n' },
  },
  { name: 'is content when nothing is chosen', script: 'if false; then echo a; fi', want: { exitCode: 0 } },
  {
    name: 'loops',
    script: 'i=0; while [ $i -lt 3 ]; do echo $i; i=$((i+1)); done',
    want: { stdout: '0\n1\n2\n' },
  },
  {
    name: 'loops until',
    script: 'i=0; until [ $i -eq 2 ]; do i=$((i+1)); done; echo $i',
    want: { stdout: '2\n' },
  },
  { name: 'loops over words', script: 'for a in x y z; do echo $a; done', want: { stdout: 'x\ny\nz\n' } },
  {
    name: 'breaks and continues',
    script: 'for a in 1 2 3 4; do [ $a = 2 ] && continue; [ $a = 4 ] && break; echo $a; done',
    want: { stdout: '1\n3\n' },
  },
  {
    name: 'breaks out of two loops',
    script: 'for a in 1 2; do for b in 1 2; do break 2; done; done; echo $a$b',
    want: { stdout: '11\n' },
  },
  {
    name: 'calls functions',
    script: 'f() { echo $1-$2; return 3; }; f a b; echo $?',
    want: { stdout: 'a-b\n3\n' },
  },
  { name: 'groups', script: '{ echo a; echo b; } > /tmp/f; cat /tmp/f', want: { stdout: 'a\nb\n' } },
  { name: 'keeps a subshell apart', script: 'a=1; (a=2; exit 5); echo $a $?', want: { stdout: '1 5\n' } },
  {
    name: 'gives a command its own variable',
    script: 'A=1 printenv A; echo "[$A]"',
    want: { stdout: '1\n[]\n' },
  },
  { name: 'exports', script: 'export A=1; printenv A', want: { stdout: '1\n' } },
  { name: 'keeps variables to itself', script: 'A=1; printenv A', want: { exitCode: 1 } },
  {
    name: 'writes, appends and reads',
    script: 'echo a > /tmp/f; echo b >> /tmp/f; cat /tmp/f; wc -l < /tmp/f',
    want: { stdout: 'a\nb\n2\n' },
  },
  {
    name: 'redirects errors',
    script: 'cat /none 2> /tmp/e; cat /tmp/e',
    want: { stdout: "cat: can't open '/none': No such file or directory\n" },
  },
  { name: 'joins the streams', script: 'echo oops >&2', want: { stdout: '', stderr: 'oops\n' } },
  { name: 'throws output away', script: 'echo a > /dev/null; echo b', want: { stdout: 'b\n' } },
  {
    name: 'refuses a directory that is not there',
    script: 'echo a > /nowhere/f',
    want: { exitCode: 1, stderr: "sh: can't create /nowhere/f: nonexistent directory\n" },
  },
  {
    name: 'touches and removes',
    script: 'touch /tmp/a && test -e /tmp/a && rm /tmp/a && [ ! -e /tmp/a ]',
    want: { exitCode: 0 },
  },
  { name: 'removes by force what is not there', script: 'rm -f /tmp/none', want: { exitCode: 0 } },
  { name: 'complains about what is not there', script: 'rm /tmp/none', want: { exitCode: 1 } },
  {
    name: 'makes directories',
    script: 'mkdir -p /tmp/a/b && echo x > /tmp/a/b/c && ls /tmp/a',
    want: { stdout: 'b\n' },
  },
  {
    name: 'compares',
    script: '[ a = a ] && [ a != b ] && [ 2 -gt 1 ] && [ -n x ] && [ -z "" ]',
    want: { exitCode: 0 },
  },
  {
    name: 'says that a command is not there',
    script: 'frobnicate',
    want: { exitCode: 127, stderr: 'sh: frobnicate: not found\n' },
  },
  {
    name: 'knows no command by a word of JavaScript',
    script: 'constructor',
    want: { exitCode: 127, stderr: 'sh: constructor: not found\n' },
  },
  { name: 'sleeps on the clock', script: 'sleep 90; echo up', want: { stdout: 'up\n', tookMs: 90_000 } },
  { name: 'sleeps for parts and units', script: 'sleep 0.5; sleep 2m', want: { tookMs: 120_500 } },
  {
    name: 'waits for what is in the background',
    script: 'sleep 3 & sleep 5 & wait; echo done',
    want: { stdout: 'done\n', tookMs: 5000 },
  },
  { name: 'does not wait without being told', script: 'sleep 10 & exit 1', want: { exitCode: 1, tookMs: 0 } },
  {
    name: 'runs its last will',
    script: "trap 'echo bye' EXIT; exit 4",
    want: { stdout: 'bye\n', exitCode: 4 },
  },
  {
    name: 'runs a script by itself',
    script: `sh -c 'echo "$0 $1"' name arg`,
    want: { stdout: 'name arg\n' },
  },
  { name: 'evaluates', script: 'a="echo hi"; eval $a', want: { stdout: 'hi\n' } },
  { name: 'replaces itself', script: 'exec false; echo never', want: { exitCode: 1, stdout: '' } },
  {
    name: 'tells the time of the clock',
    script: 'date +%s; sleep 60; date +%s',
    want: { stdout: '1767225600\n1767225660\n' },
  },
  {
    name: 'names what is unfinished',
    script: 'if true; then',
    want: { exitCode: 2, stderr: 'sh: syntax error: "end of file" unexpected (expecting "fi")\n' },
  },
  {
    name: 'names what does not belong',
    script: 'done',
    want: { exitCode: 2, stderr: 'sh: syntax error: "done" unexpected\n' },
  },
  {
    name: 'has no pipes, and says so',
    script: 'echo a | cat',
    want: { exitCode: 2, stderr: 'sh: syntax error: this shell has no pipes\n' },
  },
  {
    name: 'refuses unfinished quotes',
    script: "echo 'a",
    want: { exitCode: 2, stderr: 'sh: syntax error: unterminated quoted string\n' },
  },
];

describe('the shell of the fake busybox', () => {
  test.each(rows)('$name: $script', async ({ script, want }) => {
    expect(await runScript(script)).toMatchObject(want);
  });

  // What needs neither files nor time can be asked of the shell of this machine: the fake must not drift from it.
  const portable = rows.filter(
    ({ script }) => !/sleep|wait|date|\/tmp|\/nowhere|\|/.test(script.replace('||', '')),
  );
  test.each(portable)('as a real one does, it $name', ({ script, want: { stdout, exitCode } }) => {
    const real = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
    if (stdout !== undefined) expect(real.stdout).toBe(stdout);
    if (exitCode !== undefined) expect(real.status).toBe(exitCode);
  });

  test('a command can be run without a shell', async () => {
    expect(await runCommand(['/bin/echo', 'a', '$b'])).toMatchObject({ stdout: 'a $b\n' });
    expect(await runCommand(['false'])).toMatchObject({ exitCode: 1 });
  });

  test('a loop that never sleeps makes time pass and can be killed', async () => {
    for (const script of ['while true; do :; done', 'until (false); do (false); done']) {
      const ran = await runScript(script, { killAfterMs: 10 });
      expect(ran).toMatchObject({ exitCode: 137, tookMs: 10 });
    }
  });
});

describe('as the first process of a container', () => {
  const stopped = async (script: string, gracePeriodMs = 30_000) => {
    const clock = new TestClock();
    const host = new FakeHost({ clock, images: { busybox: {} } });
    const runtime = new FakeRuntime(host);
    const id = await startInPod(runtime, ['sh', '-c', script]);
    await clock.advanceBy(1500);
    const fromMs = clock.monotonicMs();
    let doneMs: number | undefined;
    const stop = runtime.stopContainer(id, gracePeriodMs, new AbortController().signal).then(() => {
      doneMs = clock.monotonicMs() - fromMs;
    });
    await clock.advanceBy(gracePeriodMs + 1000);
    await stop;
    const info = host.containers.get(id)?.info;
    return { exitCode: info?.exitCode, doneMs };
  };

  test.each([
    {
      name: 'it ignores the stop signal without a trap',
      script: 'sleep 600',
      want: { exitCode: 137, doneMs: 30_000 },
    },
    {
      name: 'a trap runs when the command that goes on is over',
      script: 'trap "exit 3" TERM; while true; do sleep 1; done',
      want: { exitCode: 3, doneMs: 500 },
    },
    {
      name: 'a trap function may take its time',
      script: 'bye() { sleep 20; exit 0; }; trap bye TERM; while true; do sleep 1; done',
      want: { exitCode: 0, doneMs: 20_500 },
    },
    {
      name: 'a wait is cut short by a trap',
      script: 'trap "exit 4" TERM; sleep 600 & wait',
      want: { exitCode: 4, doneMs: 0 },
    },
    {
      name: 'an empty trap ignores the signal',
      script: "trap '' TERM; while true; do sleep 1; done",
      want: { exitCode: 137, doneMs: 30_000 },
    },
    {
      name: 'a trap of a subshell is not reached',
      script: '(trap "exit 5" TERM; sleep 600)',
      want: { exitCode: 137, doneMs: 30_000 },
    },
  ])('$name', async ({ script, want }) => {
    expect(await stopped(script)).toEqual(want);
  });
});
